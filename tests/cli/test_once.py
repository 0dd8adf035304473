import asyncio
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client, Firmware
from pxectl.boot.events import Requested, Told, Transferred, Warned
from pxectl.boot.machine import Netboot
from pxectl.cli.once import REMEMBERED, Once
from pxectl.store.site import load_site
from tests.builders import MAC1, STRANGER

PEER = IPv4Address("10.77.0.21")
FILE = f'# hers\nmac = ["{MAC1}"]   # the NIC\nnetboot = "once"\nprofile = "p"\n'
BOOTED = Requested(Protocol.HTTP, PEER, "/TOKEN/booted", Client(MAC1), 200, "booted")
PROGRAM = replace(BOOTED, path="/TOKEN/files/uki.efi", what="nbp")
LOADED = Transferred(
    Protocol.TFTP, PEER, "/TOKEN/files/uki.efi", MAC1, 10, 10, 0.1, "done"
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware/node1.toml").write_text(FILE)
    (tmp_path / "pxectl.toml").write_text('[profile.p]\nkernel = "linux"\n')
    return tmp_path


def after(folder, *events):
    """What is said besides the events, and the site that is in force after them."""
    said = []
    forced = [load_site(folder).site]

    async def main():
        once = Once(folder / "hardware", lambda: forced[-1], forced.append, said.append)
        for event in events:
            once.emit(event)
        await once.close()
        return once

    asyncio.run(main())
    return [event for event in said if event not in events], forced[-1]


def test_who_has_loaded_all_boots_no_more_and_the_file_says_so(folder):
    said, _ = after(folder, BOOTED, BOOTED)

    assert said == [Told('node1 has loaded what it boots once: its file says "never" now')]
    assert (folder / "hardware/node1.toml").read_text() == FILE.replace("once", "never")


def test_a_program_of_a_profile_is_all_that_there_is_to_load(folder):
    said, _ = after(folder, PROGRAM, LOADED)

    assert len(said) == 1
    assert load_site(folder).site.inventory.get(MAC1).netboot is Netboot.NEVER


def test_a_raspberry_pis_kernel_is_the_last_that_it_loads(folder):
    """It asks for it by its own name, which other Pis use, too."""
    pi = replace(BOOTED, path="kernel8.img", what="kernel")
    pi = replace(pi, client=Client(MAC1, firmware=Firmware.RPI))
    loaded = replace(LOADED, path="kernel8.img")

    others, _ = after(folder, pi, replace(loaded, peer=IPv4Address("10.77.0.99")))
    probed, _ = after(folder, pi, replace(loaded, outcome="size probe"))
    own, _ = after(folder, pi, loaded)

    assert (others, probed) == ([], [])
    assert own == [Told('node1 has loaded what it boots once: its file says "never" now')]


@pytest.mark.parametrize(
    "events",
    [
        (replace(BOOTED, status=403),),
        (replace(BOOTED, client=None),),
        (replace(BOOTED, client=Client(STRANGER)),),
        (replace(BOOTED, what="kernel"),),
        (PROGRAM,),
        (LOADED,),
        (PROGRAM, replace(LOADED, outcome="size probe")),
        (replace(PROGRAM, path="/TOKEN/ipxe.efi"), replace(LOADED, path="/TOKEN/ipxe.efi")),
    ],
)
def test_what_is_less_than_all_changes_nothing(folder, events):
    said, _ = after(folder, *events)

    assert said == []
    assert (folder / "hardware/node1.toml").read_text() == FILE


@pytest.mark.parametrize("often", ["always", "never"])
def test_who_boots_always_or_never_goes_on_so(folder, often):
    text = FILE.replace("once", often)
    (folder / "hardware/node1.toml").write_text(text)

    assert after(folder, BOOTED)[0] == []
    assert (folder / "hardware/node1.toml").read_text() == text


def test_where_the_file_can_not_be_written_it_boots_its_disk_until_the_end_of_serve(folder):
    (folder / "hardware/node1.toml").unlink()  # such as one that another server knows
    (folder / "hardware/node1.toml").symlink_to(folder / "elsewhere.toml")
    (folder / "elsewhere.toml").write_text(FILE)
    site = load_site(folder).site
    (folder / "hardware/node1.toml").unlink()
    said = []
    forced = [site]

    async def main():
        once = Once(folder / "hardware", lambda: forced[-1], forced.append, said.append)
        once.emit(BOOTED)
        await once.close()
        return once.amended(site)

    reloaded = asyncio.run(main())

    [warned] = [event for event in said if isinstance(event, Warned)]
    assert warned.message.startswith("node1 has loaded what it boots once, and its file can not")
    assert "hardware set node1 --netboot never" in warned.hint
    assert forced[-1].inventory.get(MAC1).netboot is Netboot.NEVER
    assert reloaded.inventory.get(MAC1).netboot is Netboot.NEVER


def test_made_up_programs_are_forgotten(folder):
    flood = [replace(PROGRAM, path=f"/TOKEN/files/{n}") for n in range(REMEMBERED + 1)]

    said, _ = after(folder, PROGRAM, *flood, LOADED)

    assert [event for event in said if isinstance(event, Told)] == []
