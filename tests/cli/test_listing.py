"""`pxectl hardware show` and `list --unknown`, run as a shell runs them."""

import json
import time
from dataclasses import replace
from ipaddress import IPv4Address

from pxectl.boot.unknown import Unknown
from pxectl.cli.listing import _FROM_UNKNOWN
from pxectl.errors import ConfigError, RefusedError
from pxectl.mac import MAC
from pxectl.store.unknown import unknown_as_json, write_unknown
from tests import kubeapi
from tests.boot.test_unknown import ASKS
from tests.cli.test_editing import MAC_2, site
from tests.cli.test_hardware import MAC_1, refused, run

__all__ = ["site"]


def test_show_tells_what_the_file_says_and_what_is_default(site):
    (site / "hardware/node1.toml").write_text(
        f'mac = ["{MAC_1}", "{MAC_2}"]\n[options]\nrouter = ["10.77.0.1", "10.77.0.2"]\n'
        '[vars]\ndisk = "/dev/sda"\nraid = true\nevil = "\x85[31m"\n'
    )
    assert (
        run("show", MAC_2).stdout
        == f"""\
node1
  mac       {MAC_1}
            {MAC_2}
  address   -
  hostname  node1 (its name)
  arch      -
  uuid      -
  serial    -
  tags      -
  netboot   always (default)
  profile   - (only a rule can name one)
  dhcp      true (default)
  options   router = 10.77.0.1, 10.77.0.2
  quirks    -
  vars      disk = /dev/sda
            raid = true
            evil = \\x85[31m
  origin    a file of the site
  file      hardware/node1.toml
"""
    )


def test_show_as_json_is_one_of_list(site):
    shown = json.loads(run("show", "node1", "--json").stdout)
    assert shown == {
        "v": 1,
        "machine": json.loads(run("list", "--json").stdout)["machines"][0],
    }


def test_showing_what_is_not_there_is_1_and_what_is_broken_2(site):
    assert isinstance(refused("show", "node9"), RefusedError)
    (site / "hardware/node1.toml").write_text("mac = 1\n")
    assert isinstance(refused("show", "node1"), ConfigError)


def test_unknown_machines_are_listed_newest_first_until_they_are_known(site):
    now = time.time()
    nasty = replace(ASKS, vendor_class="PXEClient\x1b[31m", interface="eth0")
    relayed = replace(
        ASKS, mac=MAC.parse("02:00:00:00:00:01"), uuid=None, relay=IPv4Address("10.0.0.1"),
        circuit_id="port 7", vendor_class="",
    )  # fmt: skip
    known = replace(ASKS, mac=MAC.parse(MAC_1), uuid=None)
    seen = [Unknown(nasty, now, now, 3), Unknown(relayed, now, now - 200), Unknown(known, now, now)]
    write_unknown(site, seen)

    result = run("list", "--unknown")

    assert result.stdout == (
        "MAC                SEEN       ASKED  CLIENT    FROM             "
        "UUID                                  VENDOR CLASS\n"
        "52:54:00:99:99:99  0 s ago    3      x64-uefi  eth0             "
        "9e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11  PXEClient\\x1b[31m\n"
        "02:00:00:00:00:01  3 min ago  1      x64-uefi  10.0.0.1 port 7  "
        "-                                     -\n"
    )
    assert result.stderr == f"hint: {_FROM_UNKNOWN}\n"
    shown = json.loads(run("list", "--unknown", "--json").stdout)
    assert shown == {"v": 1, "unknown": [unknown_as_json(one) for one in seen[:2]]}


def test_nobody_unknown_is_told_on_stderr(site):
    result = run("list", "--unknown")
    assert result.stdout == ""
    assert "nobody unknown has asked" in result.stderr
    assert json.loads(run("list", "--unknown", "--json").stdout) == {"v": 1, "unknown": []}


def test_who_is_not_known_has_no_tags(site):
    assert refused("list", "--unknown", "--tag", "gpu").exit_code == 2


def test_machines_of_a_source_are_listed_and_shown_with_where_they_are_from(tmp_path):
    (tmp_path / "hw.yaml").write_text(
        json.dumps(kubeapi.hardware(MAC_1) | {"metadata": {"name": "node9"}})
    )
    (tmp_path / "pxectl.toml").write_text('[[source]]\ntype = "tinkerbell"\npath = "hw.yaml"\n')

    listed = run("list", "--site", str(tmp_path))
    by_name = run("show", "NODE9", "--site", str(tmp_path))
    by_mac = json.loads(run("show", MAC_1, "--json", "--site", str(tmp_path)).stdout)

    assert f"tinkerbell {tmp_path}/hw.yaml" in listed.stdout.splitlines()[1]
    assert "origin    tinkerbell " in by_name.stdout
    assert by_mac["machine"]["origin"] == f"tinkerbell {tmp_path}/hw.yaml"
    assert by_mac["machine"]["file"] is None
    assert isinstance(refused("show", "node8", "--site", str(tmp_path)), RefusedError)
