from dataclasses import replace
from ipaddress import IPv4Address

from pxectl.boot.site import Mode
from pxectl.wire.dhcp import BROADCAST_FLAG, UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from tests.builders import (
    ADDRESS,
    FOREIGN,
    TOKEN,
    ask,
    discover,
    machine,
    reply_to,
    request,
    site,
    to_4011,
)

PROXY, DHCP = Mode.PROXY, Mode.SERVER
RELAY = IPv4Address("10.77.0.254")


def test_boot_server_echoes_the_menu_item():
    """iPXE and menu ROMs ask with 43.71, xid 0 (lab.md pitfalls 6)."""
    packet, way_in = to_4011(
        "bios", 68, options={Option.VENDOR_SPECIFIC: b"\x47\x04\x80\0\0\0\xff"}
    )

    reply = reply_to(replace(packet, xid=0), site(PROXY), 4011, **way_in)

    assert reply.options[Option.VENDOR_SPECIFIC] == b"\x47\x04\x80\0\0\0\xff"
    assert (reply.xid, reply.yiaddr) == (0, packet.ciaddr)
    assert reply.file.decode() == f"{TOKEN}/undionly.kpxe"


def test_of_a_menu_item_only_type_and_layer_come_back():
    long = b"\x47\xf0" + bytes(240) + b"\xff"
    packet, way_in = to_4011("bios", 68, options={Option.VENDOR_SPECIFIC: long})

    reply = reply_to(packet, site(PROXY), 4011, **way_in)

    assert reply.options[Option.VENDOR_SPECIFIC] == b"\x47\x04\0\0\0\0\xff"


def test_nak_through_a_relay_asks_it_to_broadcast():
    packet = request(giaddr=RELAY, flags=0, options={Option.REQUESTED_ADDRESS: FOREIGN.packed})

    response = ask(packet, site(DHCP))

    assert DHCPPacket.parse(response.payload).flags & BROADCAST_FLAG
    assert response.destination.address == RELAY


def test_inform_gets_options_and_no_address():
    packet = discover(ciaddr=ADDRESS, options={Option.MESSAGE_TYPE: bytes((MessageType.INFORM,))})

    reply = reply_to(packet, site(DHCP))

    assert reply.message_type is MessageType.ACK
    assert (reply.yiaddr, reply.ciaddr) == (UNSPECIFIED, ADDRESS)
    assert Option.LEASE_TIME not in reply.options


def test_option_82_comes_back_last_and_octet_by_octet():
    value = b"\x01\x04ge-1\x02\x06\0\1\2\3\4\5\x97\x01\x00"
    packet = discover(giaddr=RELAY, options={Option.RELAY_AGENT_INFORMATION: value})

    response = ask(packet, site(DHCP))
    reply = DHCPPacket.parse(response.payload)

    assert list(reply.options)[-1] == Option.RELAY_AGENT_INFORMATION
    assert reply.options[Option.RELAY_AGENT_INFORMATION] == value
    assert (reply.giaddr, response.destination.address) == (RELAY, RELAY)


def test_the_nearest_option_wins():
    own = machine(options={"router": "10.77.0.7", "ntp-servers": ["10.77.0.8"]})

    reply = reply_to(discover(), site(DHCP, machines=(own,)))

    assert reply.options[Option.ROUTER] == bytes((10, 77, 0, 7))
    assert reply.options[42] == bytes((10, 77, 0, 8))


def test_a_name_too_long_for_its_field_goes_into_option_67():
    """EDK2 and iPXE prefer 67 anyway (netboot.md 2.0)."""
    from pxectl.boot.profile import Profile
    from pxectl.wire.iana import Arch

    long = Profile("long", nbp={Arch.X64_UEFI: f"{'d' * 100}/uki.efi"})
    site_ = site(PROXY, machines=(machine(profile="long"),), profiles=(long,))

    reply = reply_to(discover(), site_)

    assert reply.file == b""
    assert reply.options[Option.BOOTFILE_NAME].endswith(b"/uki.efi")


def test_client_identifier_comes_back():
    """RFC 6842."""
    reply = reply_to(discover(options={Option.CLIENT_IDENTIFIER: b"\1abc"}), site(DHCP))

    assert reply.options[Option.CLIENT_IDENTIFIER] == b"\1abc"


def test_a_uuid_of_another_form_does_not_come_back():
    """Raspberry Pi sends one (netboot.md 2.0)."""
    reply = reply_to(discover(options={Option.CLIENT_UUID: b"\0DDDD"}), site(DHCP))

    assert Option.CLIENT_UUID not in reply.options


def test_no_reply_is_shorter_than_old_relays_take():
    assert len(ask(discover(), site(PROXY)).payload) >= 300
