import pytest

from pxectl.ui.ctl import reloaded_text, status_text, turned_text

LISTENERS = {
    "dhcp": {"on": False, "ports": [67, 4011], "transfers": None},
    "proxy": {"on": True, "ports": [67, 4011], "transfers": None},
    "tftp": {"on": False, "ports": [69], "transfers": 1},
    "http": {"on": True, "ports": [8080], "transfers": 12},
}
STATUS = {
    "version": "0.1.0", "pid": 4242, "uptime": 7503.2, "site": "/home/ann/site", "machines": 1,
    "interfaces": [{"name": "eth0", "address": "10.77.0.1", "network": "10.77.0.0/24"}],
    "mode": "proxy", "shadow": False, "listeners": LISTENERS, "leases": 2, "problems": [],
}  # fmt: skip


def test_status_as_people_read_it():
    assert status_text(STATUS).splitlines() == [
        "pxectl 0.1.0   pid 4242   up 2 h 5 min",
        "site        /home/ann/site   1 machine   2 leases",
        "interfaces  eth0 10.77.0.1",
        "DHCP        off",
        "proxyDHCP   on  67 4011",
        "TFTP        off   1 transfer under way",
        "HTTP        on  8080   12 transfers under way",
    ]


def test_what_is_odd_stands_below():
    odd = STATUS | {"shadow": True, "leases": None, "problems": ["a: \x1b[2Jbad"]}

    lines = status_text(odd).splitlines()

    assert lines[1] == "site        /home/ann/site   1 machine"
    assert lines[-2] == "in the shadow: nothing is sent"
    assert lines[-1].startswith("problem     a: ")
    assert "\x1b" not in lines[-1]


@pytest.mark.parametrize(
    ("seconds", "span"),
    [(0.2, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3600, "1 h"), (90000, "1 d 1 h")],
)
def test_a_span_has_two_units_at_most(seconds, span):
    assert status_text(STATUS | {"uptime": seconds}).splitlines()[0].endswith(f"up {span}")


@pytest.mark.parametrize(
    ("what", "changed", "text"),
    [
        ("tftp", True, "TFTP is off   1 transfer under way"),
        ("tftp", False, "TFTP is off, as it was already   1 transfer under way"),
        ("proxy", True, "proxyDHCP is on  67 4011"),
        ("dhcp", False, "DHCP is off, as it was already"),
    ],
)
def test_a_turned_switch_is_told_in_a_line(what, changed, text):
    assert turned_text(what, {"changed": changed, "listeners": LISTENERS}) == text


@pytest.mark.parametrize(
    ("changes", "problems", "ago", "text"),
    [
        (["a added", "b \x1bremoved"], [], None, "a added\nb \\x1bremoved\n"),
        (["a added"], [], 1.4, "in force already, for 1 s:\na added\n"),
        ([], [], None, "nothing has changed\n"),
        ([], [{"error": "no"}], None, ""),
    ],
)
def test_a_reload_says_what_changed(changes, problems, ago, text):
    assert reloaded_text({"changes": changes, "problems": problems, "ago": ago}) == text
