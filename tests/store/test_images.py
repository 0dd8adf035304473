import os
import random
import shutil
import subprocess
import tarfile
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.image import PLACE
from pxectl.errors import UpstreamError
from pxectl.store import images as images_module
from pxectl.store.images import Extent, Images

KERNEL = random.Random(7).randbytes(300_000)
FILES = {
    "casper/vmlinuz": KERNEL,
    "casper/Long Name With Blanks.img": b"initrd" * 999,
    "EFI/BOOT/BOOTX64.EFI": b"MZ",
    "empty": b"",
}
SHAPES = {
    "rock ridge and joliet": ["-R", "-J"],
    "rock ridge": ["-R"],
    "joliet": ["-J"],
    "plain": ["-iso-level", "3"],
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def make_iso(path, tree, *options):
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", *options, "-o", path, tree], check=True)
    return path


@pytest.fixture(scope="module")
def isos(tmp_path_factory, tree):
    if shutil.which("xorriso") is None:
        pytest.skip("xorriso is not installed")
    folder = tmp_path_factory.mktemp("isos")
    return {
        shape: make_iso(folder / f"{n}.iso", tree, *options)
        for n, (shape, options) in enumerate(SHAPES.items())
    }


def read(path, name, images=None):
    """What lies there."""
    image = os.open(path, os.O_RDONLY)
    try:
        found = (images or Images()).member(image, name)
        file = image if found.file is None else found.file
        try:
            return b"".join(os.pread(file, one.length, one.start) for one in found.extents)
        finally:
            if found.file is not None:
                os.close(found.file)
    finally:
        os.close(image)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "name", ["casper/vmlinuz", "/casper/vmlinuz", "CASPER/VMLINUZ", "Casper/vmlinuz"]
)
def test_a_file_is_read_where_it_lies_in_an_iso(isos, shape, name):
    assert read(isos[shape], name) == KERNEL


@pytest.mark.parametrize("shape", ["rock ridge and joliet", "rock ridge", "joliet"])
def test_long_names_and_empty_files_are_files(isos, shape):
    name = "casper/Long Name With Blanks.img"
    assert read(isos[shape], name) == FILES[name]
    assert read(isos[shape], "empty") == b""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "name",
    ["nothing", "casper", "casper/nothing", "casper/vmlinuz/x", "..", "casper/../empty", "."],
)
def test_what_is_no_file_in_it_is_not_there(isos, shape, name):
    with pytest.raises(UpstreamError, match="is not in the image") as caught:
        read(isos[shape], name)
    assert caught.value.status == 404


@pytest.mark.lab  # it takes 20 s and 4 GiB
def test_a_large_file_lies_in_several_runs(tmp_path):
    """ISO 9660 has no file of 4 GiB: it takes several extents (level 3)."""
    if shutil.which("xorriso") is None:
        pytest.skip("xorriso is not installed")
    (tmp_path / "t").mkdir()
    size = (4 << 30) + 5000
    with (tmp_path / "t/big").open("wb") as file:
        file.truncate(size)
        file.seek(size - 4)
        file.write(b"tail")
    with (tmp_path / "t/big").open("rb"):
        path = make_iso(tmp_path / "big.iso", tmp_path / "t", "-iso-level", "3", "-R")
    image = os.open(path, os.O_RDONLY)
    try:
        found = Images().member(image, "big")
        last = found.extents[-1]
        assert sum(one.length for one in found.extents) == size
        assert os.pread(image, 4, last.start + last.length - 4) == b"tail"
    finally:
        os.close(image)


def test_ten_thousand_files_are_no_burden(tmp_path):
    if shutil.which("xorriso") is None:
        pytest.skip("xorriso is not installed")
    for n in range(100):
        (tmp_path / f"t/{n}").mkdir(parents=True)
        for m in range(100):
            (tmp_path / f"t/{n}/{m}").write_bytes(b"x")
    path = make_iso(tmp_path / "many.iso", tmp_path / "t", "-R", "-J")
    images = Images()
    read(path, "99/99", images)
    began = time.monotonic()

    for _ in range(100):
        assert read(path, "99/99", images) == b"x"
    assert time.monotonic() - began < 1  # found once


def test_another_image_under_the_same_name_is_another_image(tmp_path, tree, isos):
    images = Images()
    path = tmp_path / "a.iso"
    shutil.copyfile(isos["rock ridge"], path)
    assert read(path, "casper/vmlinuz", images) == KERNEL
    (tmp_path / "t/casper").mkdir(parents=True)
    (tmp_path / "t/casper/vmlinuz").write_bytes(b"new")
    make_iso(path, tmp_path / "t", "-R")

    assert read(path, "casper/vmlinuz", images) == b"new"


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_broken_iso_is_refused_or_read_within_itself(isos, data):
    octets = bytearray(isos["rock ridge and joliet"].read_bytes())
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(16 * 2048, 40 * 2048))
        octets[at] = data.draw(st.integers(0, 255))
    size = data.draw(st.just(len(octets)) | st.integers(0, len(octets)))
    file = os.memfd_create("iso")
    try:
        os.write(file, octets[:size])
        found = Images().member(file, "casper/vmlinuz")
        assert all(one.start >= 0 and one.start + one.length <= size for one in found.extents)
    except UpstreamError:
        pass
    finally:
        os.close(file)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
@pytest.mark.parametrize("name", ["casper/vmlinuz", "./casper/vmlinuz", "link", "hard"])
def test_a_file_is_read_from_a_tarball(tmp_path, tree, mode, name):
    path = tmp_path / "a.tar"
    with tarfile.open(path, mode) as tar:
        tar.add(tree, ".")
        for kind, other in ((tarfile.SYMTYPE, "link"), (tarfile.LNKTYPE, "hard")):
            one = tarfile.TarInfo(f"./{other}")
            one.type, one.linkname = kind, "casper/vmlinuz"
            tar.addfile(one)
    if mode != "w" and name in ("link", "hard"):
        with pytest.raises(UpstreamError):  # a stream is read once, and links lead back
            read(path, name)
        return

    assert read(path, name) == KERNEL


@pytest.mark.parametrize("linkname", ["../../../etc/passwd", "/etc/passwd", "self", "casper"])
def test_links_do_not_lead_out_of_a_tarball(tmp_path, tree, linkname):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(tree, ".")
        one = tarfile.TarInfo("./self")
        one.type, one.linkname = tarfile.SYMTYPE, linkname
        tar.addfile(one)

    with pytest.raises(UpstreamError, match="not in the image"):
        read(tmp_path / "a.tar", "self")


def test_what_is_unpacked_is_unpacked_once_and_bounded(tmp_path, tree, monkeypatch):
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(tree, ".")
    images = Images()
    monkeypatch.setattr(images_module, "UNPACKED", 100_000)
    for _ in range(3):
        assert read(path, "casper/vmlinuz", images) == KERNEL
        assert read(path, "EFI/BOOT/BOOTX64.EFI", images) == b"MZ"

    assert len(images._unpacked) == 1


@given(st.binary(max_size=3000) | st.binary(max_size=500).map(lambda b: b"\x1f\x8b\x08" + b))
@settings(deadline=None)
def test_garbage_is_no_image(content):
    file = os.memfd_create("garbage")
    try:
        os.write(file, content)
        with pytest.raises(UpstreamError):
            Images().member(file, "x")
    finally:
        os.close(file)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [(0, 5)],
        [(100, 0), (200, 64)],
        [((4 << 20) - 8, 40)],
        [((4 << 20) - 30, 10), ((4 << 20) + 1, 3)],
        [((8 << 20) - 3, 2000)],
        [((9 << 20) - len(PLACE) - 7, 7)],
    ],
)
def test_room_for_a_command_line_is_found_wherever_it_is(tmp_path, texts):
    octets = bytearray(9 << 20)
    for at, room in texts:
        octets[at : at + len(PLACE) + room] = PLACE + b"_" * room
    path = tmp_path / "a.iso"
    path.write_bytes(octets[: 9 << 20])
    image = os.open(path, os.O_RDONLY)
    try:
        found = Images().places(image)
    finally:
        os.close(image)

    assert found == tuple(Extent(at, len(PLACE) + room) for at, room in texts)
