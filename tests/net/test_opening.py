import asyncio
from dataclasses import replace

import pytest

from pxectl.boot.answer import Fetched, File, Refusal, Text
from pxectl.boot.route import route
from pxectl.boot.visits import Visits
from pxectl.net.opening import LARGEST_EDITED, open_here, opened, without_mirror
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

    _, content = asyncio.run(opened(routed(File(str(root), "plain")), fetch))

    assert content.size == 5
    content.close()
