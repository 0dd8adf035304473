import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.net.content import Content, Part

FILE = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "file"
    path.write_bytes(FILE)
    file = os.open(path, os.O_RDONLY)
    yield file
    os.close(file)


runs = st.tuples(st.integers(0, 5000), st.integers(0, 5000)).map(lambda r: Part(r[1], r[0]))
texts = st.binary(max_size=300).map(lambda text: Part(len(text), text=text))


@given(st.lists(runs | texts, max_size=5), st.integers(0, 9000), st.integers(0, 9000))
def test_any_span_is_a_slice_of_the_whole(file, parts, offset, count):
    whole = b"".join(
        part.text if part.text is not None else FILE[part.start : part.start + part.length]
        for part in parts
    )
    content = Content(tuple(parts), file)

    assert content.size == len(whole)
    assert content.read(offset, count) == whole[offset : offset + count]


def test_a_file_is_one_run_with_a_tag_that_changes_with_it(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(FILE)
    first = Content.of_file(os.open(path, os.O_RDONLY))
    path.write_bytes(FILE[1:])
    second = Content.of_file(os.open(path, os.O_RDONLY))

    assert (first.size, second.size) == (len(FILE), len(FILE) - 1)
    assert first.etag != second.etag
    for content in (first, second):
        content.close()


class Arriving:
    def __init__(self, reached):
        self._reached = reached

    def reached(self):
        return self._reached

    async def reach(self, count):
        raise AssertionError


@pytest.mark.parametrize(
    ("offset", "count", "needed"),
    [(0, 10, 0), (0, 11, 101), (10, 50, 150), (5, 1000, 150), (65, 5, 0)],
)
def test_it_is_known_how_far_the_file_has_to_be_there(file, offset, count, needed):
    parts = (Part(10, text=bytes(10)), Part(50, 100), Part(10, text=bytes(10)))
    content = Content(parts, file, growth=Arriving(150))

    assert content.needs(offset, count) == needed
    assert content.has(offset, count)
    assert Content(parts, file, growth=Arriving(100)).has(offset, count) is (needed <= 100)
