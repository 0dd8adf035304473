import re
from dataclasses import replace

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.loaders import grub_cfg, pxelinux_cfg
from pxectl.boot.profile import Profile
from pxectl.boot.site import Mirroring
from pxectl.boot.urls import urls_for
from pxectl.errors import PxectlError
from pxectl.store.recipes import find_recipe
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, SERVER, TOKEN, machine, site

CLIENT = Client(MAC1)
PLAIN = Profile("debian", kernel="k", initrd=("i", "j"), cmdline=("a=1 b", "c='d'"))


def made(make, profile, mirroring=Mirroring(), client=CLIENT, **serving):  # noqa: B008 - a value
    site_ = replace(site(profiles=(profile,), serving=serving), mirroring=mirroring)
    decision = decide(client, machine(), site_.rules, NOW)
    return make(client, decision, site_, urls_for(client, SERVER, site_, NOW))


def test_pxelinux_boots_the_only_label_at_once():
    assert made(pxelinux_cfg, PLAIN) == (
        "DEFAULT pxectl\nPROMPT 0\nLABEL pxectl\n"
        f"  KERNEL /{TOKEN}/files/k\n"
        f"  INITRD /{TOKEN}/files/i,/{TOKEN}/files/j\n"
        "  APPEND a=1 b c='d'\n"
    )


def test_grub_loads_by_tftp_and_starts():
    place = f"(tftp,10.77.0.1)/{TOKEN}/files"
    assert made(grub_cfg, PLAIN).splitlines() == [
        f"linux '{place}/k' 'a=1' 'b' 'c='\\''d'\\'''",
        f"initrd '{place}/i' '{place}/j'",
        f"cat '(tftp,10.77.0.1)/{TOKEN}/booted'",
        "boot",
    ]


def test_without_tftp_they_load_by_http():
    url = f"10.77.0.1:8080/{TOKEN}/files/k"

    assert f"KERNEL http://{url}" in made(pxelinux_cfg, PLAIN, tftp=False)
    assert f"(http,10.77.0.1:8080)/{TOKEN}/files/k" in made(grub_cfg, PLAIN, tftp=False)


def test_after_http_boot_grub_loads_by_http():
    http = Client(MAC1, Arch.X64_UEFI_HTTP, Firmware.UEFI_HTTP)
    place = f"(http,10.77.0.1:8080)/{TOKEN}"

    assert made(grub_cfg, PLAIN, client=http).splitlines()[1:] == [
        f"initrd '{place}/files/i' '{place}/files/j'", f"cat '{place}/booted'", "boot",
    ]  # fmt: skip


def test_without_a_mirror_a_url_is_asked_itself():
    elsewhere = Profile("debian", kernel="http://deb.debian.org/linux")
    off = Mirroring(enabled=False)

    assert "  KERNEL http://deb.debian.org/linux\n" in made(pxelinux_cfg, elsewhere, off)
    assert "linux '(http,deb.debian.org)/linux'" in made(grub_cfg, elsewhere, off)


def test_a_url_comes_by_way_of_the_mirror():
    """So a loader that knows no HTTPS boots what lies behind it."""
    elsewhere = Profile("debian", kernel="https://deb.debian.org/linux")
    place = f"/{TOKEN}/mirror/[a-z2-7]{{16}}/https/deb.debian.org/linux"

    assert re.search(f"  KERNEL {place}\n", made(pxelinux_cfg, elsewhere))
    assert re.search(rf"linux '\(tftp,10.77.0.1\){place}'", made(grub_cfg, elsewhere))


def test_a_recipe_is_a_kernel_too():
    recipe = Profile("debian", recipe=find_recipe("debian", "t"), settings={"images": "d"})

    assert f"KERNEL /{TOKEN}/files/d/linux" in made(pxelinux_cfg, recipe)
    assert "interface=auto" in made(grub_cfg, recipe)


@pytest.mark.parametrize("make", [pxelinux_cfg, grub_cfg])
@pytest.mark.parametrize(
    "profile",
    [
        Profile("debian", chain="http://x"),
        Profile("debian", script="menu"),
        Profile("debian", recipe=find_recipe("shell", "t")),
    ],
    ids=["chain", "script", "recipe"],
)
def test_what_only_ipxe_runs_is_refused(make, profile):
    with pytest.raises(PxectlError, match="no kernel that this boot loader"):
        made(make, profile)


def test_grub_can_not_fetch_by_https():
    with pytest.raises(PxectlError, match="GRUB fetches nothing by https"):
        made(grub_cfg, Profile("debian", kernel="https://x/linux"), Mirroring(enabled=False))
