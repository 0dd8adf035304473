"""Machines whose boot is broken on purpose, each in its own way: `serve` names the true cause."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.boots import endings
from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine
from tests.lab.network import Network
from tests.lab.serve import Serve, add_machine, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

SITE = """
[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.150-10.77.0.150"]
[profile.gone]
kernel = "amd64/gone"
[profile.amd64-denied]
kernel = "amd64/linux"
[[rule]]
name = "not this one"
match = { name = "denied" }
action = "deny"
"""
AT_ONCE = 3
UEFI, BIOS = Firmware.UEFI, Firmware.BIOS
ARM = '[quirks]\nnbp = "ipxe-arm64.efi"'
# firmware, what its file has, what breaks it (in and out of the server), cause, words
CASES: dict[str, tuple[Firmware, str, str, str, str]] = {
    "tftp": (UEFI, "", "out ip daddr {} udp sport > 1023 drop", "tftp-blocked", "firewall"),
    "rrq": (UEFI, "", "in ip saddr {} udp dport 69 drop", "nbp-not-asked", "UDP port 69"),
    "mtu": (UEFI, "", "out ip daddr {} ip length > 1280 drop", "mtu", "blksize 1468"),
    "http": (BIOS, "", "in ip saddr {} tcp dport 8080 drop", "script-not-asked", "8080"),
    "gone": (BIOS, 'profile = "gone"', "", "missing-file", "amd64/gone"),
    "denied": (BIOS, "", "", "denied", "not this one"),
    "arm": (UEFI, ARM, "", "wrong-binary", "is a program for arm64-uefi"),
}  # fmt: skip


def break_with(network: Network, rules: list[str]) -> None:
    """Drop at the server what these say."""
    hooks = {"in": "input", "out": "output"}
    commands = ["add table inet lab"]
    commands += [
        f"add chain inet lab {name} {{ type filter hook {hook} priority 0 ; }}"
        for name, hook in hooks.items()
    ]
    commands += [f"add rule inet lab {rule}" for rule in rules]
    for words in commands:
        done = network.run("srv", "nft", *words.split())
        assert done.returncode == 0, done.stderr


def run_until(
    machines: list[Machine], ended: Callable[[Machine], bool], seconds: float = 200
) -> None:
    """Run machines, a few at a time, each until this holds."""
    waiting, running = list(machines), list[Machine]()
    until = time.monotonic() + seconds
    try:
        while (waiting or running) and time.monotonic() < until:
            while waiting and len(running) < AT_ONCE:
                running.append(waiting.pop(0))
                running[-1].start()
            for machine in [one for one in running if ended(one)]:
                running.remove(machine)
                machine.stop()
            time.sleep(0.2)
    finally:
        for machine in running:
            machine.stop()


@pytest.fixture(scope="module")
def told(network: Network, folder: Path) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What `serve` said of each machine's end."""
    site, rules, macs = make_site(folder / "site", SITE), [], {}
    for number, (name, (firmware, more, rule, *_)) in enumerate(CASES.items(), 31):
        macs[name] = f"52:54:00:77:12:{number:02x}"
        address = f"10.77.0.{number}"
        add_machine(site, name, macs[name], firmware, f'address = "{address}"\n{more}')
        file = site / "hardware" / f"{name}.toml"
        if more.startswith("profile"):
            file.write_text(file.read_text().replace('profile = "amd64"\n', "", 1))
        if rule:
            rules.append(rule.format(address))
    break_with(network, rules)
    with Serve(network, folder, "--site", str(site), "-i", "eth0", "--dhcp", "server") as serve:
        machines = [
            Machine(network, CASES[name][0], mac, folder, until="never", lost="never")
            for name, mac in macs.items()
        ]
        run_until(machines, lambda machine: bool(endings(serve, machine.mac)))
        yield {name: endings(serve, mac) for name, mac in macs.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_named_with_its_mend(name: str, told: dict[str, list[dict[str, Any]]]) -> None:
    *_, cause, words = CASES[name]

    first = told[name][0]

    assert first["cause"] == cause, first
    assert words in first["text"] + first["hint"], first
    assert first["outcome"] == ("denied" if cause == "denied" else "stopped")


BARE, BINL = "52:54:00:77:12:51", "52:54:00:77:12:52"


def test_beside_another_server_too(tmp_path: Path) -> None:
    network = Network()
    try:
        site = make_site(tmp_path / "site", "")
        add_machine(site, "bare", BARE, Firmware.UEFI)
        add_machine(site, "binl", BINL, Firmware.UEFI, '[quirks]\nstyle = "binl"')
        start_dhcpd(
            network, tmp_path, f"--dhcp-mac=set:bare,{BARE}",
            "--dhcp-option-force=tag:bare,60,PXEClient", f"--dhcp-host={BINL},10.77.0.152",
        )  # fmt: skip
        break_with(network, ["in ip saddr 10.77.0.152 udp dport 4011 drop"])
        with Serve(
            network, tmp_path, "--site", str(site), "-i", "eth0", "--dhcp", "proxy"
        ) as serve:
            machines = [
                Machine(network, Firmware.UEFI, mac, tmp_path, until="never", lost="never")
                for mac in (BARE, BINL)
            ]
            run_until(machines, lambda machine: bool(endings(serve, machine.mac)), 120)
            [bare, *_], [binl, *_] = endings(serve, BARE), endings(serve, BINL)
    finally:
        network.close()

    assert (bare["cause"], "option 60" in bare["text"]) == ("bare-option-60", True), bare
    assert "take option 60 out" in bare["hint"]
    assert (binl["cause"], "4011" in binl["text"]) == ("4011-not-asked", True), binl
