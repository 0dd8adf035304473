"""A big site, as a datacentre has it: `python -m benchmarks.site DIRECTORY [MACHINES [RULES]]`."""

import sys
from pathlib import Path

RACK = 40


def mac(number: int) -> str:
    """The MAC of machine `number`."""
    return f"52:54:{number.to_bytes(4, 'big').hex(':')}"


def machine(number: int) -> str:
    """The file of machine `number`, as people write them."""
    high, low = divmod(number, 250)
    return f"""# rack {number // RACK}, unit {number % RACK}
mac = ["{mac(number)}"]
address = "10.{77 + (high >> 8)}.{high & 255}.{low + 2}"
arch = "{"arm64" if number % 10 == 9 else "x86_64"}"
uuid = "4c4c4544-0034-4c10-8052-{number:012x}"
tags = ["rack-{number // RACK}", "{"gpu" if number % 7 == 0 else "plain"}"]
profile = "debian"
[vars]
disk = "/dev/nvme0n1"
"""


CONFIG = """
[serve]
dhcp = "server"

[[subnet]]
network = "10.77.0.0/16"
lease_time = "1h"
[subnet.options]
router = "10.77.0.1"

[profile.debian]
kernel = "debian/linux"
initrd = ["debian/initrd.gz"]
cmdline = ["auto=true"]

[profile.rescue]
chain = "https://boot.netboot.xyz"
"""
RULE = """
[[rule]]
name = "rule {number}"
match = {{ {match} }}
action = "boot"
profile = "rescue"
"""


def config(rules: int) -> str:
    """`pxectl.toml` with `rules` rules of the kinds that grow with a site."""
    return CONFIG + "".join(
        RULE.format(number=number, match=_match(number)) for number in range(rules)
    )


def _match(number: int) -> str:
    """One of six shapes; each new rule is about other machines than the ones before."""
    match number % 6:
        case 0:
            return f'tags = ["rack-{number}"], time = "02:00-03:00"'
        case 1:
            return f'name = ["node{number * 7}", "node{number * 7 + 1}"], firmware = "ipxe"'
        case 2:
            return f'mac = "{mac(number * 11)}", weekday = "sun"'
        case 3:
            return f'subnet = "10.{77 + number % 50}.{number % 250}.0/24", known = false'
        case 4:
            return f'name = "node{number}*", not = {{ arch = "*-uefi" }}'
        case _:
            return f'circuit_id = "switch-{number}:*", arch = ["arm64-uefi"]'


def make(folder: Path, machines: int = 10_000, rules: int = 20) -> None:
    """Write the site into `folder`, which is made."""
    hardware = folder / "hardware"
    hardware.mkdir(parents=True)
    (folder / "pxectl.toml").write_text(config(rules))
    for number in range(machines):
        (hardware / f"node{number}.toml").write_text(machine(number))
    (folder / "files" / "debian").mkdir(parents=True)
    for name in ("linux", "initrd.gz"):
        (folder / "files" / "debian" / name).write_bytes(b"x")


if __name__ == "__main__":
    make(Path(sys.argv[1]), *map(int, sys.argv[2:]))
