import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.client import Client
from pxectl.boot.unknown import Unknown
from pxectl.errors import ConfigError
from pxectl.store.unknown import read_unknown, unknown_file, write_unknown
from pxectl.wire.iana import Arch
from tests.boot.test_unknown import ASKS
from tests.builders import MAC1, NOW

FULL = replace(
    ASKS,
    user_class="iPXE \x1b[31m\x85\u202e",
    hostname='h"\n',
    interface="eth0",
    subnet=IPv4Network("10.77.0.0/24"),
    relay=IPv4Address("10.77.0.3"),
    circuit_id="port 7",
    remote_id="00:01",
)
SEEN = (Unknown(FULL, NOW, NOW + 1.5, 3), Unknown(Client(MAC1, Arch(65000)), NOW, NOW))


def test_what_is_written_is_read_and_is_plain_ascii(tmp_path):
    write_unknown(tmp_path / "site", SEEN)
    path = unknown_file(tmp_path / "site")
    assert read_unknown(tmp_path / "site") == SEEN
    assert all(32 <= octet < 127 or octet == 10 for octet in path.read_bytes())
    assert json.loads(path.read_bytes())["unknown"][0]["last_seen"] == (
        "2027-01-15T08:00:01.500+00:00"
    )
    write_unknown(tmp_path / "site", ())
    assert read_unknown(tmp_path / "site") == ()
    assert list(path.parent.iterdir()) == [path]


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "precious").write_text("x")
    (tmp_path / "state").mkdir()
    unknown_file(tmp_path).symlink_to(tmp_path / "precious")
    write_unknown(tmp_path, SEEN)
    assert (tmp_path / "precious").read_text() == "x"
    assert read_unknown(tmp_path) == SEEN


def test_no_file_is_nobody_and_an_unreadable_one_an_error(tmp_path):
    assert read_unknown(tmp_path) == ()
    unknown_file(tmp_path).mkdir(parents=True)
    with pytest.raises(ConfigError, match="can not be read"):
        read_unknown(tmp_path)


LINES = st.sampled_from(("mac", "arch", "firmware", "uuid", "times", "first_seen", "subnet"))
JUNK = st.none() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)


@settings(max_examples=100, deadline=None)
@given(LINES, JUNK)
def test_an_entry_that_somebody_spoiled_is_left_out(tmp_path_factory, key, junk):
    site = tmp_path_factory.getbasetemp() / "spoiled"
    write_unknown(site, SEEN)
    raw = json.loads(unknown_file(site).read_bytes())
    raw["unknown"][0][key] = junk
    unknown_file(site).write_text(json.dumps(raw))
    assert SEEN[1] in read_unknown(site)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=30) | st.sampled_from((b"[]", b'{"v":1}', b'{"v":1,"unknown":[1]}')))
def test_a_file_that_is_not_ours_is_nobody(tmp_path_factory, content):
    site = tmp_path_factory.getbasetemp() / "not-ours"
    (site / "state").mkdir(parents=True, exist_ok=True)
    unknown_file(site).write_bytes(content)
    assert read_unknown(site) == ()
