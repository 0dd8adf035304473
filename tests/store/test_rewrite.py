"""What a person wrote survives a change of something else."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.store.rewrite import UneditableError, differences, rewrite

HAND_EDITED = """\
# the rack by the door
mac = [
  "52:54:00:12:34:56",  # on board
  "52:54:00:12:34:57",  # the card
]

# what it boots
profile = "debian"   # until the move
arch = 'x86_64'

# asked for by the network people
[options] # not many
router = "10.77.0.1"  # gateway
# domain-name = "lab"

  # indented
  [vars]
  disk = "/dev/sda"  # the fast one
"""
GONE = object()


def changed(text, **wanted):
    says = tomllib.loads(text) | wanted
    return rewrite(text, {key: value for key, value in says.items() if value is not GONE})


@pytest.mark.parametrize(
    ("text", "wanted", "becomes"),
    [
        ('a = 1 # one\nb = "x"\n', {"a": 2}, 'a = 2 # one\nb = "x"\n'),
        ("a = 1 # 1\n\n# t\n[t]\nx = 1\n", {"b": 2}, "a = 1 # 1\nb = 2\n\n# t\n[t]\nx = 1\n"),
        ("a = 1", {"b": [1, 2]}, "a = 1\nb = [1, 2]"),
        ("a = 1\n", {"t": {"x": True}}, "a = 1\n\n[t]\nx = true\n"),
        ("a = 1\n[t]\n# x = 1\n[u]\n", {"t": {"y": 2}}, "a = 1\n[t]\ny = 2\n# x = 1\n[u]\n"),
        ("[t]\n x = 1\n\n# u\n[u]", {"t": {"x": 1, "y": 2}}, "[t]\n x = 1\n y = 2\n\n# u\n[u]"),
        ("t.x = 1 # x\n", {"t": {"x": 1, "y": 2}}, "t.x = 1 # x\nt.y = 2\n"),
        ("t = {x = 1} # t\n", {"t": {"x": 2}}, "t = {x = 2} # t\n"),
        ("[t.u]\nx = 1\n", {"t": {"u": {"x": 1}, "y": 2}}, "[t.u]\nx = 1\n\n[t]\ny = 2\n"),
        ("l = [\n  1, # a\n  2, # b\n]\n", {"l": [2, 3]}, "l = [\n  2, # b\n  3,\n]\n"),
        ("a = 1\n# t\n[t]\nx = 1 # x\n# u\n[u]\ny = 1", {"t": GONE}, "a = 1\n# t\n# u\n[u]\ny = 1"),
        ("a = 1\r\n[t]\r\nx = 1\r\n", {"a": 2, "b": 3}, "a = 2\r\nb = 3\r\n[t]\r\nx = 1\r\n"),
        ("a = '''\n[t]\n# no\n'''\n# end\n", {"b": 1}, "a = '''\n[t]\n# no\n'''\nb = 1\n# end\n"),
        ("a = true\n", {"a": 1}, "a = 1\n"),
        ('"a b" = 1\n', {"a b": 2, "c.d": 3}, '"a b" = 2\n"c.d" = 3\n'),
    ],
)  # fmt: skip
def test_only_what_is_different_is_written(text, wanted, becomes):
    assert changed(text, **wanted) == becomes


def test_a_hand_edited_file_keeps_every_comment():
    new = changed(
        HAND_EDITED,
        mac=["52:54:00:12:34:57", "52:54:00:12:34:58"],
        profile="flatcar",
        tags=["gpu"],
        arch=GONE,
        vars={"disk": "/dev/sda", "rack": "3"},
        quirks={"style": "binl"},
    )

    assert new == HAND_EDITED.replace('  "52:54:00:12:34:56",  # on board\n', "").replace(
        "# the card\n", '# the card\n  "52:54:00:12:34:58",\n'
    ).replace('"debian"', '"flatcar"').replace("arch = 'x86_64'\n", 'tags = ["gpu"]\n').replace(
        "# the fast one\n", '# the fast one\n  rack = "3"\n\n[quirks]\nstyle = "binl"\n'
    )


def test_differences_are_told_by_path():
    old, new = {"a": 1, "t": {"x": 1, "y": 1}}, {"a": True, "t": {"x": 1}, "u": {"z": 2}}
    assert [".".join(path) for path, _ in differences(old, new)] == ["a", "t.y", "u.z"]


def test_what_can_not_be_done_without_harm_is_refused():
    with pytest.raises(UneditableError):
        rewrite("a = 1\n", {"a": object()})


KEYS = st.sampled_from(("mac", "profile", "arch", "tags", "address", "serial", "new key", "é"))
SCALARS = st.one_of(
    st.booleans(), st.integers(-9, 9), st.text(st.characters(codec="utf-8"), max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
VALUES = SCALARS | st.lists(st.text("ab#[]'\"\n", max_size=3), max_size=4, unique=True)
TABLES = st.dictionaries(
    st.sampled_from(("options", "vars", "quirks")),
    st.dictionaries(st.text("ab .'\"", min_size=1, max_size=3), VALUES, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5), TABLES)
def test_any_values_land_and_comments_of_the_rest_stay(values, tables):
    before = tomllib.loads(HAND_EDITED)
    wanted = before | values | {k: before.get(k, {}) | table for k, table in tables.items()}

    new = rewrite(HAND_EDITED, wanted)

    says = tomllib.loads(new)
    assert {k: v for k, v in says.items() if v != {}} == {
        k: v for k, v in wanted.items() if v != {}
    }
    for line in HAND_EDITED.splitlines():
        if line.lstrip().startswith("#"):
            assert line in new.splitlines()
    assert rewrite(new, wanted) == new


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from(sorted(tomllib.loads(HAND_EDITED)))), st.booleans())
def test_any_keys_go_and_comments_of_the_rest_stay(gone, windows):
    text = HAND_EDITED.replace("\n", "\r\n") if windows else HAND_EDITED
    wanted = {k: v for k, v in tomllib.loads(text).items() if k not in gone}

    new = rewrite(text, wanted)

    assert tomllib.loads(new) == wanted
    for line in text.split("\n"):
        if line.lstrip().startswith("#"):
            assert line in new.split("\n")
