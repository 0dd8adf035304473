from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.faults import faults_of
from tests.builders import MAC1, SERVER, discover
from tests.recordings import DATA, dhcp

PXE = {60: b"PXEClient"}


def offer(yiaddr="0.0.0.0", **fields):
    options = {53: b"\2"} | fields.pop("options", {})
    return DHCPPacket(
        op=2, xid=1, chaddr=MAC1, yiaddr=IPv4Address(yiaddr), options=options, **fields
    )


@pytest.mark.parametrize(
    ("packet", "fault"),
    [
        (offer(options=PXE), "nothing to boot"),
        (offer("10.77.0.9", options=PXE, file=b"x"), "EDK2 takes no proxyDHCP's offer then"),
        (offer(options=PXE | {43: b"\6\x09"}), "option 43: option 6 claims 9 octets"),
        (discover(options={82: b"\1\x09x"}), "option 82: sub-option 1 reaches beyond the end"),
        (discover(options={175: b"\1\x09x"}), "option 175: option 1 claims 9 octets"),
    ],
)
def test_what_breaks_firmware_is_told(packet, fault):
    [told] = faults_of(packet)

    assert fault in told


@pytest.mark.parametrize(
    "packet",
    [
        discover(),
        offer("10.77.0.9"),
        offer(options=PXE, siaddr=SERVER),  # sends EDK2 to port 4011: that is what BINL is
        offer(options=PXE | {43: b"\6\1\x08\xff"}, file=b"ipxe.efi"),
        replace(discover(), options=PXE | {53: b"\3"}),
        offer(options={43: b"\xff\xff"}),  # not PXE's: nobody knows what it should be
    ],
)
def test_what_works_is_no_fault(packet):
    assert faults_of(packet) == []


def test_recordings_of_pxectl_have_no_fault():
    names = [path.stem for path in DATA.glob("pxectl-*.pcap")]

    assert len(names) > 10
    assert [faults_of(packet) for name in names for packet in dhcp(name) if faults_of(packet)] == []
