"""The corpus through parsers and doors; tests/lab/test_corpus.py sends it over real sockets."""

import pytest

from pxectl.boot.answer import File, Refusal
from pxectl.boot.arrival import Protocol
from pxectl.boot.events import Dropped
from pxectl.boot.memory import Memory
from pxectl.boot.respond import respond
from pxectl.boot.route import route
from pxectl.boot.site import Mode
from pxectl.boot.visits import Visits
from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.negotiation import Limits, agree
from pxectl.wire.tftp import RRQ, WRQ, parse
from tests import corpus
from tests.builders import NOW, TOKEN, arrival, asked, site

MODES = [Mode.PROXY, Mode.SERVER]
ODD_DHCP = [name for name, (port, _) in corpus.ODD.items() if port != 69]
ODD_TFTP = [name for name, (port, _) in corpus.ODD.items() if port == 69]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", corpus.DHCP)
def test_malformed_message_is_dropped_and_told(name, mode):
    row = corpus.DHCP[name]

    response = respond(row.data, arrival(row.port), site(mode), Memory(), NOW)

    assert isinstance(response.event, Dropped)
    assert row.says in response.event.reason
    assert not response.payload


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ODD_DHCP)
def test_odd_message_is_answered_or_passed_over(name, mode):
    port, data = corpus.ODD[name]
    packet = DHCPPacket.parse(data)

    response = respond(data, arrival(port), site(mode), Memory(), NOW)

    assert response.event
    assert not isinstance(response.event, Dropped)
    assert DHCPPacket.parse(packet.pack()) == packet
    if response.payload:
        assert DHCPPacket.parse(response.payload).xid == packet.xid


@pytest.mark.parametrize("name", corpus.TFTP)
def test_malformed_request_is_told_or_none_that_is_served(name):
    row = corpus.TFTP[name]
    try:
        packet = parse(row.data)
    except MalformedPacketError as error:
        assert row.says in error.message  # noqa: PT017 - a row is the one or the other
        return
    assert not isinstance(packet, RRQ) or packet.mode != "octet"
    assert isinstance(packet, RRQ | WRQ) or row.says == type(packet).__name__


@pytest.mark.parametrize("name", ODD_TFTP)
def test_odd_request_is_agreed_upon(name):
    packet = parse(corpus.ODD[name][1])

    assert isinstance(packet, RRQ)
    assert agree(packet.options, 1_000_000, Limits()).keys() <= packet.options.keys()


@pytest.mark.parametrize("prefix", ["", f"{TOKEN}/", f"{TOKEN}/files/"])
@pytest.mark.parametrize("path", corpus.PATHS, ids=lambda path: ascii(path[:24]))
@pytest.mark.parametrize("protocol", Protocol)
def test_no_path_leads_out_of_the_served_folders(path, prefix, protocol):
    answer = route(asked(prefix + path, protocol), site(), Visits(), NOW).answer

    assert isinstance(answer, File | Refusal)
    if isinstance(answer, File):
        assert answer.root == "/srv/files"
        assert not answer.name.startswith("/")
        assert ".." not in answer.name.split("/")
        assert "\\" not in answer.name
