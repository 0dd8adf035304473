from dataclasses import replace
from ipaddress import IPv4Address

from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.quirks import Quirks, Style
from pxectl.mac import MAC
from pxectl.ui.hardware import machine_columns, machine_text

NODE = Machine(
    "node1",
    (MAC.parse("525400123456"),),
    address=IPv4Address("10.77.0.21"),
    tags=("gpu", "a\x1b[31m"),
    netboot=Netboot.NEVER,
    dhcp=False,
    quirks=Quirks(style=Style.BINL, reply_delay=0.5),
    origin="tinkerbell at 10.0.0.1",
)


def test_a_line_a_machine_and_nothing_that_a_terminal_obeys():
    assert machine_columns([replace(NODE, origin="")]) == (
        "NAME   MAC                ADDRESS     ARCH  NETBOOT  PROFILE  TAGS\n"
        "node1  52:54:00:12:34:56  10.77.0.21  -     never    -        gpu,a\\x1b[31m\n"
    )


def test_where_machines_are_from_is_told_if_any_is_from_elsewhere():
    head, first, second = machine_columns([NODE, replace(NODE, origin="")]).splitlines()

    assert head.endswith("FROM")
    assert first.endswith("tinkerbell at 10.0.0.1")
    assert second.endswith("-")


def test_what_is_said_is_not_called_a_default():
    text = machine_text(NODE, "hardware/node1.toml")
    for line in (
        "netboot   never\n",
        "dhcp      false\n",
        "quirks    style = binl\n            reply_delay = 0.5\n",
        "origin    tinkerbell at 10.0.0.1\n",
        "tags      gpu, a\\x1b[31m\n",
    ):
        assert line in text
