"""`pxectl hardware show` and `list --unknown`, run as a shell runs them."""

import json

from pxectl.errors import ConfigError, RefusedError
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
