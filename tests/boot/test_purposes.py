from dataclasses import replace

from pxectl.boot.client import Client
from pxectl.boot.decide import decide
from pxectl.boot.profile import Profile
from pxectl.boot.purposes import purposes
from pxectl.boot.quirks import Quirks
from pxectl.boot.urls import urls_for
from pxectl.boot.visits import Visits
from pxectl.store.recipes import find_recipe
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, SERVER, machine, site

CLIENT = Client(MAC1, arch=Arch.X64_UEFI)


def kinds(profile, visits, machine_=None):
    site_ = site(profiles=(profile,))
    decision = decide(CLIENT, machine_ or machine(), site_.rules, NOW)
    return dict(purposes(CLIENT, decision, site_, urls_for(CLIENT, SERVER, site_, NOW), visits))


def recipe(**settings):
    return Profile("debian", recipe=find_recipe("debian", "t"), settings=settings)


def test_a_profile_names_its_files():
    profile = Profile("debian", kernel="k", initrd=("i", "j"), nbp={Arch.X64_UEFI: "n"})

    assert kinds(profile, Visits()) == {"k": "kernel", "i": "initrd", "j": "initrd", "n": "loader"}
    assert kinds(replace(profile, kernel=""), Visits())["n"] == "nbp"


def test_a_quirks_program_loads_what_the_profile_says():
    quirky = machine(quirks=Quirks(nbp="grub.efi"))
    kernel, program = Profile("debian", kernel="k"), Profile("debian", nbp={Arch.X64_UEFI: "n"})

    assert kinds(kernel, Visits(), quirky)["grub.efi"] == "loader"
    assert kinds(program, Visits(), quirky)["grub.efi"] == "nbp"
    assert "ipxe.efi" not in kinds(kernel, Visits(), machine(quirks=Quirks(nbp="ipxe.efi")))


def test_a_recipe_is_asked_once_a_boot():
    visits = Visits()
    visits.note(CLIENT, NOW)
    first = {"a/linux": "kernel", "a/initrd.gz": "initrd"}

    assert kinds(recipe(images="a"), visits) == first
    assert kinds(recipe(images="b"), visits) == first
    visits.note(CLIENT, NOW)
    assert "b/linux" in kinds(recipe(images="b"), visits)


def test_a_recipe_that_does_not_render_names_nothing():
    assert kinds(recipe(images="{{ nothing }}"), Visits()) == {}
