import contextlib
import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.net.files import open_below


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "plain").write_bytes(b"plain")
    (root / "sub" / "deep").write_bytes(b"deep")
    (root / "back\\slash").write_bytes(b"odd")
    (root / "inside").symlink_to("sub/deep")
    (root / "folder").symlink_to("sub")
    (root / "outside").symlink_to("../secret")
    (root / "absolute").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("..")
    (root / "circle").symlink_to("circle")
    (root / "dangling").symlink_to("nothing")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(root / "socket"))
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "rootling").write_bytes(b"secret")
    return root


def content(root, name):
    descriptor = open_below(str(root), name)
    try:
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("plain", b"plain"),
        ("sub/deep", b"deep"),
        ("sub//deep", b"deep"),
        ("./plain", b"plain"),
        ("back\\slash", b"odd"),
        ("inside", b"deep"),
        ("folder/deep", b"deep"),
    ],
)
def test_regular_files_below_the_root_are_opened(root, name, octets):
    assert content(root, name) == octets


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("PLAIN", b"plain"), ("Sub/DEEP", b"deep"), ("FOLDER/deep", b"deep"),
        ("INSIDE", b"deep"), ("BACK\\SLASH", b"odd"),
    ],
)  # fmt: skip
def test_some_firmware_shouts(root, name, octets):
    assert content(root, name) == octets


def test_the_exact_name_comes_first(root):
    (root / "PLAIN").write_bytes(b"other")
    (root / "Plain").write_bytes(b"third")

    assert [content(root, name) for name in ("plain", "PLAIN", "pLAIN")] == [
        b"plain", b"other", b"other",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["OUTSIDE", "ABSOLUTE", "UP/secret", "Up/SECRET", "UP/none"])
def test_no_spelling_leads_out(root, name):
    with pytest.raises(PermissionError):
        open_below(str(root), name)


@pytest.mark.parametrize("name", ["PLAINER", "SUB", "FIFO", "CIRCLE", "SUB/none", "Plain/x"])
def test_no_spelling_makes_a_file(root, name):
    with pytest.raises(FileNotFoundError):
        open_below(str(root), name)


def test_the_root_itself_may_be_a_link(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    assert content(tmp_path / "link", "plain") == b"plain"


@pytest.mark.parametrize(
    "name",
    ["", ".", "/", "nothing", "sub", "sub/", "plain/x", "fifo", "socket", "circle", "circle/x",
     "dangling", "a\0b", "folder", "x" * 300, "y/" * 3000, "\ud800"],
)  # fmt: skip
def test_what_is_no_file_is_not_found(root, name):
    with pytest.raises((FileNotFoundError, PermissionError)):
        open_below(str(root), name)


@pytest.mark.parametrize(
    "name",
    ["../secret", "sub/../../secret", "..", "outside", "absolute", "up/secret", "up/rootling",
     "/etc/passwd", "sub/../plain", "//etc/passwd"],
)  # fmt: skip
def test_nothing_outside_of_the_root_is_opened(root, name):
    with pytest.raises(PermissionError, match="leaves the served folder"):
        open_below(str(root), name)


def test_an_unreadable_file_is_no_missing_file(root):
    (root / "plain").chmod(0)
    me = os.geteuid()
    if me == 0:  # root reads everything
        os.seteuid(65534)
    try:
        with pytest.raises(PermissionError, match="may not read"):
            open_below(str(root), "plain")
    finally:
        if me == 0:
            os.seteuid(0)


def test_a_missing_root_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_below(str(tmp_path / "nowhere"), "x")


names = st.lists(
    st.sampled_from(
        ["..", ".", "", "plain", "sub", "deep", "up", "secret", "outside", "folder", "\\", "%2e"]
    ),
    max_size=6,
).map("/".join)


@given(st.one_of(names, st.text(max_size=20)))
@settings(deadline=None, max_examples=200)
def test_no_name_leads_to_the_secret(tmp_path_factory, name):
    base = tmp_path_factory.getbasetemp() / "hostile"
    if not base.exists():
        (base / "root" / "sub").mkdir(parents=True)
        (base / "root" / "up").symlink_to("..")
        (base / "root" / "outside").symlink_to("../secret")
        (base / "secret").write_bytes(b"secret")
        (base / "root" / "plain").write_bytes(b"plain")
        (base / "root" / "sub" / "deep").write_bytes(b"deep")
    with contextlib.suppress(FileNotFoundError, PermissionError):
        assert content(base / "root", name) in {b"plain", b"deep"}
