from pxectl.boot.siteoptions import encoded, nearest


def test_options_become_octets_in_their_order():
    options = {"domain-name": "lab", "routers": ["10.77.0.1"], "option-224": "01:02"}

    assert list(encoded(options).items()) == [(15, b"lab"), (3, b"\x0a\x4d\0\1"), (224, b"\1\2")]


def test_octets_are_made_once():
    options = {"domain-name": "lab"}

    assert encoded(options) is encoded(options)


def test_equal_options_of_two_files_are_two():
    assert encoded({"domain-name": "lab"})[15] == b"lab"
    assert encoded({"domain-name": "den"})[15] == b"den"


def test_memory_is_bounded():
    """A site that is read again and again leaves little behind, and no octets of another one."""
    kept = [{"domain-name": f"lab{n}"} for n in range(10_000)]

    assert all(encoded(one)[15] == f"lab{n}".encode() for n, one in enumerate(kept))
    assert all(encoded(dict(one))[15] == one["domain-name"].encode() for one in kept)


def test_the_nearest_option_wins_under_any_name():
    rule, machine = {"router": "10.77.0.2", "hostname": "a"}, {"routers": "10.77.0.3", "dns": "::"}
    both = nearest(rule, machine)

    assert encoded({name: both[name] for name in both if name != "dns"})[3] == b"\x0a\x4d\0\2"
    assert both["dns"] == "::"


def test_the_same_two_make_the_same_one():
    rule, machine = {"hostname": "a"}, {"domain-name": "lab"}

    assert nearest(rule, machine) is nearest(rule, machine)
    assert nearest(rule, {}) is rule
    assert nearest({}, machine) is machine
