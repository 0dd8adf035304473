import asyncio
import os
from dataclasses import dataclass, replace

import pytest

from pxectl.boot.answer import Fetched, File, Refusal, Text
from pxectl.boot.route import route
from pxectl.boot.visits import Visits
from pxectl.net.opening import LARGEST_EDITED, Opening, open_here, without_mirror
from tests.builders import NOW, asked, site


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "plain").write_bytes(b"plain")
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "outside").symlink_to("../secret")
    return root


def routed(answer):
    return replace(route(asked("/x"), site(), Visits(), NOW), answer=answer)


def read(routed_):
    """What is sent, or the refusal."""
    said, content = open_here(routed_)
    if content is None:
        return said.answer
    try:
        return content.read(0, content.size)
    finally:
        content.close()


def test_a_file_is_opened(root):
    assert read(routed(File(str(root), "plain"))) == b"plain"


def test_an_edited_file_is_sent_as_the_text_that_it_comes_to(root):
    assert read(routed(File(str(root), "plain", edit=bytes.upper))) == b"PLAIN"


def test_of_a_large_file_no_more_is_read_than_is_edited(root):
    (root / "large").write_bytes(bytes(LARGEST_EDITED + 1))

    assert len(read(routed(File(str(root), "large", edit=bytes.upper)))) == LARGEST_EDITED


@pytest.mark.parametrize("edit", [None, bytes.upper])
@pytest.mark.parametrize(
    ("name", "status"), [("nothing", 404), ("sub", 404), ("outside", 403), ("../secret", 403)]
)
def test_what_can_not_be_opened_is_refused_and_told(root, name, status, edit):
    said, content = open_here(routed(File(str(root), name, edit=edit)))

    assert content is None
    assert said.answer.status == said.event.status == status
    assert said.event.reason == said.answer.reason


def test_texts_and_refusals_stay_what_they_are():
    assert read(routed(Text(b"hello"))) == b"hello"
    assert read(routed(Refusal(403, "no"))) == Refusal(403, "no")


def test_without_a_mirror_nothing_comes_from_elsewhere():
    said, content = asyncio.run(without_mirror(routed(Fetched("http://a/b"))))

    assert content is None
    assert said.answer.status == said.event.status == 404


def test_what_is_here_is_opened_without_the_mirror(root):
    async def fetch(_):
        raise AssertionError

    _, content = asyncio.run(Opening(fetch).open(routed(File(str(root), "plain"))))

    assert content.size == 5
    content.close()


@dataclass(frozen=True)
class Run:
    start: int
    length: int


@dataclass(frozen=True)
class Member:
    extents: tuple[Run, ...]
    file: int | None = None


class Looking:
    """Finds the second half of everything, and room for ten octets at 4."""

    def member(self, image, name):
        size = os.fstat(image).st_size
        return Member((Run(size // 2, size - size // 2),))

    def places(self, image):
        return (Run(4, 10),) if os.fstat(image).st_size > 14 else ()


def open_all(answer, images=None):
    said, content = asyncio.run(Opening(images=images or Looking()).open(routed(answer)))
    if content is None:
        return said.answer
    try:
        return content.read(0, content.size)
    finally:
        content.close()


def test_a_file_in_an_image_is_sent_as_it_lies_there(root):
    (root / "a.iso").write_bytes(b"0123456789")

    assert open_all(File(str(root), "a.iso:/linux")) == b"56789"


def test_a_whole_file_may_be_called_like_one_in_an_image(root):
    (root / "a.iso:").mkdir()
    (root / "a.iso:/linux").write_bytes(b"whole")

    assert open_all(File(str(root), "a.iso:/linux")) == b"whole"


@pytest.mark.parametrize("name", ["b.iso:/linux", "sub:/linux", "../secret:/x", "outside:/x"])
def test_an_image_that_is_not_there_is_refused(root, name):
    assert open_all(File(str(root), name)).status in (403, 404)


def test_a_command_line_goes_where_there_is_room(root):
    (root / "a.iso").write_bytes(b"menupxe.____++rest of it")

    assert open_all(File(str(root), "a.iso", cmdline="a=1")) == b"menua=1       rest of it"
    assert open_all(File(str(root), "a.iso", cmdline="")) == b"menu          rest of it"
    said = open_all(File(str(root), "a.iso", cmdline="a" * 11))
    assert (said.status, said.reason) == (
        500,
        "the command line has 11 octets, the image has room for 10",
    )


def test_an_image_without_room_takes_no_command_line(root):
    (root / "a.iso").write_bytes(b"menu")

    assert open_all(File(str(root), "a.iso", cmdline="")) == b"menu"
    assert open_all(File(str(root), "a.iso", cmdline="a=1")).status == 500


def test_each_command_line_makes_another_file_for_caches(root):
    (root / "a.iso").write_bytes(b"0123456789abcdefgh")
    tags = set()
    for answer in (
        File(str(root), "a.iso"),
        File(str(root), "a.iso", cmdline="a"),
        File(str(root), "a.iso", cmdline="b"),
        File(str(root), "a.iso:/linux"),
    ):
        _, content = asyncio.run(Opening(images=Looking()).open(routed(answer)))
        tags.add(content.etag)
        content.close()

    assert len(tags) == 4
