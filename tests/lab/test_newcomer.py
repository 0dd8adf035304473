"""DHCP is off and somebody else's server sends machines here: no path of theirs carries a token."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address
from tests.lab.serve import Serve, add_machine, make_site
from tests.lab.test_while_serving import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

PXECTL = address("srv")
MACHINES = {
    "bios": ("52:54:00:77:0d:01", Firmware.BIOS),
    "uefi": ("52:54:00:77:0d:02", Firmware.UEFI),
}
STRANGER = "52:54:00:77:0d:03"
# what an administrator who knows nothing of pxectl writes: a file for firmware, a URL for iPXE
SENDS_HERE = (
    "--dhcp-match=set:ipxe,175",
    "--dhcp-match=set:efi,option:client-arch,7",
    f"--dhcp-boot=tag:!ipxe,tag:efi,ipxe.efi,,{PXECTL}",
    f"--dhcp-boot=tag:ipxe,tag:!efi,http://{PXECTL}:8080/ipxe",
)


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path) -> Iterator[Serve]:
    start_dhcpd(network, folder, *SENDS_HERE)
    site = make_site(folder / "site")
    for name, (mac, firmware) in MACHINES.items():
        add_machine(site, name, mac, firmware)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "off")
    with Serve(network, folder, *argv) as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, serve: Serve) -> dict[str, Machine]:
    made = {
        name: Machine(network, firmware, mac, folder) for name, (mac, firmware) in MACHINES.items()
    }
    stranger = Machine(network, Firmware.BIOS, STRANGER, folder, until=r"Operation not permitted")
    run_all([*made.values(), stranger])
    return {**made, "stranger": stranger}


@pytest.mark.parametrize("name", MACHINES)
def test_a_known_machine_boots(name: str, machines: dict[str, Machine], serve: Serve) -> None:
    machine = machines[name]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert f"netlab.token={name}" in machine.find(r"NETLAB-CMDLINE (.*)").split()


def test_ipxe_is_told_where_to_ask_when_it_has_no_token(
    machines: dict[str, Machine], serve: Serve
) -> None:
    assert machines["uefi"].outcome == "done"
    mine = [e for e in serve.events("requested") if e["mac"] == MACHINES["uefi"][0]]

    assert [e["what"] for e in mine if e["status"] == 200][-5:] == [
        "script", "script", "kernel", "initrd", "booted"
    ]  # fmt: skip
    assert [e["path"] for e in mine if e["what"] == "script"] == ["autoexec.ipxe", "/ipxe"]


def test_an_unknown_machine_gets_nothing(machines: dict[str, Machine], serve: Serve) -> None:
    assert machines["stranger"].outcome == "done", machines["stranger"].story()
    refused = [e for e in serve.events("requested") if e["mac"] == STRANGER]

    assert {e["status"] for e in refused} == {403}
    assert f"pxectl hardware add {STRANGER}" in refused[-1]["hint"]


@pytest.mark.parametrize("path", ["ipxe?mac=MAC", "pxelinux.cfg/01-MAC", "grub/grub.cfg-01-MAC"])
def test_who_claims_to_be_another_machine_gets_nothing(
    path: str, network: Network, serve: Serve
) -> None:
    mac = MACHINES["bios"][0].replace(":", "-")
    url = f"http://{PXECTL}:8080/{path.replace('MAC', mac)}"

    said = network.run("cli", "curl", "-s", "-w", "%{http_code}", url).stdout

    assert said.endswith("403")
    assert "its network card is" in said
    last = serve.events("requested")[-1]
    assert (last["status"], last["peer"]) == (403, address("cli"))


def test_a_known_machine_gets_nothing_with_the_token_of_another(
    machines: dict[str, Machine], network: Network, serve: Serve, folder: Path
) -> None:
    path = next(e["path"] for e in serve.events("requested") if e["what"] == "initrd")
    url = f"http://{PXECTL}:8080{path}"
    before = network.run("cli", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url).stdout

    [link] = json.loads(network.run("cli", "ip", "-j", "link", "show", "eth0").stdout)
    (folder / "site/hardware/cli.toml").write_text(f'mac = ["{link["address"]}"]\n')
    assert wait_until(lambda: bool(serve.events("reloaded")))
    after = network.run("cli", "curl", "-s", "-w", "%{http_code}", url).stdout

    assert before == "200"  # a card that nobody knows may be another one of the machine itself
    assert after.endswith("403")
    assert "of cli" in after
