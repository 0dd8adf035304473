import asyncio
from ipaddress import IPv4Address

from pxectl.boot.events import Redecided, Told
from pxectl.boot.rehearse import Standpoint
from pxectl.cli.redeciding import MOST, tell_decisions
from pxectl.store.site import SiteReader

HERE = Standpoint("eth0", IPv4Address("10.77.0.1"), None)
CONFIG = '[profile.debian]\nkernel = "linux"\n'
DENY = '[[rule]]\nname = "no"\nmatch = { known = true }\naction = "deny"\n'


def changed(site, change):
    """What is said when `change` is made to a site of 30 machines."""
    (site / "hardware").mkdir()
    (site / "pxectl.toml").write_text(CONFIG)
    for number in range(30):
        add(site, number)
    reader = SiteReader(site, environ={})
    before = reader.read()
    change()
    said = []
    asyncio.run(tell_decisions(before, reader.read(), HERE, said.append))
    return said


def add(site, number, profile="debian"):
    text = f'mac = "52:54:00:00:00:{number:02x}"\nprofile = "{profile}"\n'
    (site / f"hardware/n{number:02}.toml").write_text(text)


def test_a_rule_for_all_is_told_for_the_first_machines_and_counted(tmp_path):
    said = changed(tmp_path, lambda: (tmp_path / "pxectl.toml").write_text(CONFIG + DENY))

    assert [type(event) for event in said] == [Redecided] * MOST + [Told]
    assert said[0].machine == "n00"
    assert said[0].before == 'boots debian by rule "known with a profile → boot"'
    assert said[0].after == 'denied by rule "no"'
    assert said[0].changed == ("action", "profile", "rule")
    assert said[0].text == f"n00: {said[0].before} → {said[0].after}"
    assert said[-1].message.startswith("… and 10 more decisions changed")


def test_a_changed_machine_is_told_alone(tmp_path):
    said = changed(tmp_path, lambda: add(tmp_path, 7, "gone"))

    assert [event.machine for event in said] == ["n07"]


def test_machines_that_come_and_go_have_their_own_lines(tmp_path):
    def change():
        add(tmp_path, 40)
        (tmp_path / "hardware/n03.toml").unlink()

    assert changed(tmp_path, change) == []
