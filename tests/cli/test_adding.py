"""`pxectl hardware add` from elsewhere than flags: who has asked, and lines of stdin."""

from dataclasses import replace

import pytest

from pxectl.boot.client import Client
from pxectl.boot.unknown import Unknown
from pxectl.errors import RefusedError
from pxectl.store.unknown import write_unknown
from tests.boot.test_unknown import ASKS, UUID1
from tests.builders import MAC1, NOW, STRANGER
from tests.cli.test_hardware import machines, refused, run, site

__all__ = ["site"]
OTHER = "0e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11"


@pytest.fixture
def asked(site):
    nasty = replace(ASKS, vendor_class="PXEClient\nexit")
    write_unknown(site, [Unknown(nasty, NOW, NOW), Unknown(Client(MAC1), NOW, NOW)])


def test_who_asked_is_added_with_what_it_said(site, asked):
    run("add", "--from-unknown", "5254.0099.9999", "525400000002", "--name", "new", "--profile",
        "debian")  # fmt: skip
    [machine] = machines(site)
    assert (machine.name, machine.profile, len(machine.macs)) == ("new", "debian", 2)
    assert (machine.arch, machine.uuid) == ("x64-uefi", UUID1)
    assert machine.vars == {"vendor_class": "PXEClient\\x0aexit"}


def test_flags_come_before_what_it_said(site, asked):
    run("add", str(STRANGER), "--from-unknown", "--arch", "x86_64", "--uuid", OTHER, "--var",
        "vendor_class=x", "--var", "a=b")  # fmt: skip
    [machine] = machines(site)
    assert (machine.arch, str(machine.uuid)) == ("x86_64", OTHER)
    assert machine.vars == {"vendor_class": "x", "a": "b"}


def test_who_said_nothing_is_added_all_the_same(site, asked):
    run("add", "--from-unknown", str(MAC1))
    assert (machines(site)[0].arch, dict(machines(site)[0].vars)) == ("", {})


@pytest.mark.parametrize(
    ("mac", "hint"),
    [("52:54:00:99:99:98", f"did you mean `{STRANGER}`?"), ("02:aa:bb:cc:dd:ee", "list --unknown")],
)
def test_who_has_not_asked_is_refused(site, asked, mac, hint):
    error = refused("add", "--from-unknown", mac)
    assert isinstance(error, RefusedError)
    assert hint in error.hint
    assert machines(site) == ()
