from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.bootdata import BootData
from pxectl.boot.lease import Lease
from pxectl.boot.reply import NOTHING, bootp_reply, lease_reply
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.wire.dhcp import BROADCAST_FLAG, UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from pxectl.wire.registry import meaning_of
from pxectl.wire.values import encode_option
from tests.builders import (
    ADDRESS,
    FOREIGN,
    NETWORK,
    SERVER,
    TOKEN,
    ask,
    discover,
    machine,
    plain_discover,
    reply_to,
    request,
    site,
    to_4011,
)

PROXY, DHCP = Mode.PROXY, Mode.SERVER
RELAY = IPv4Address("10.77.0.254")
SUBNET = Subnet(NETWORK, options={"router": "10.77.0.1"})


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


# ---- options


def _asks(*codes, **changes):
    listed = {Option.PARAMETER_REQUEST_LIST: bytes(codes)}
    return discover(options=listed | changes.pop("options", {}), **changes)


def test_mandatory_options_come_first_then_the_list_then_boot_data_then_the_relays():
    subnet = Subnet(NETWORK, options={"router": "10.77.0.1", "ntp-servers": ["10.77.0.1"]})
    relayed = {Option.RELAY_AGENT_INFORMATION: b"\x01\x01x", Option.CLIENT_IDENTIFIER: b"\1a"}
    packet = _asks(42, 12, 3, giaddr=RELAY, options=relayed)

    reply = reply_to(packet, site(DHCP, subnets=(subnet,)))

    assert tuple(reply.options) == (53, 54, 51, 58, 59, 1, 42, 12, 3, 61, 97, 60, 43, 82)


@pytest.mark.parametrize(
    ("own", "asked", "name"),
    [
        ({}, (1, 12), b"node1"),
        ({"hostname": "boss"}, (1, 12), b"boss"),
        ({"options": {"hostname": "set"}}, (1, 12), b"set"),
        ({"options": {"hostname": "set"}}, (1,), b"set"),
        ({}, (1,), None),
    ],
)
def test_host_name_goes_to_who_asks_for_it(own, asked, name):
    reply = reply_to(_asks(*asked), site(DHCP, machines=(machine(**own),)))

    assert reply.options.get(Option.HOST_NAME) == name


def test_machine_without_a_file_keeps_its_own_name():
    lease = Lease(ADDRESS, Subnet(NETWORK), 300, 150, 260)
    packet = _asks(12, options={Option.HOST_NAME: b"laptop"})

    reply = lease_reply(packet, MessageType.ACK, lease, SERVER, NOTHING, {})

    assert reply.packet.options[Option.HOST_NAME] == b"laptop"
    silent = lease_reply(_asks(12), MessageType.ACK, lease, SERVER, NOTHING, {})
    assert Option.HOST_NAME not in silent.packet.options


def test_lease_times_are_sent_once_and_not_to_who_keeps_its_address():
    times = {"address-time": 7200, "renewal-time": 100, "rebinding-time": 200}
    site_ = site(DHCP, subnets=(Subnet(NETWORK, options=times),))
    inform = discover(ciaddr=ADDRESS, options={Option.MESSAGE_TYPE: bytes((MessageType.INFORM,))})

    leased, informed = reply_to(discover(), site_), reply_to(inform, site_)

    seconds = [int.from_bytes(leased.options[code], "big") for code in (51, 58, 59)]
    assert seconds == [7200, 100, 200]
    assert not {51, 58, 59} & informed.options.keys()


# ---- sizes

LONG = {
    "router": ["10.77.0.1"],
    "domain-search": [f"{'x' * 60}.example{n}" for n in range(6)],
    "ntp-servers": [f"10.77.0.{n}" for n in range(1, 20)],
}


def test_what_the_client_has_no_room_for_is_left_out_and_told():
    site_ = site(DHCP, subnets=(Subnet(NETWORK, options=LONG),))
    size = {Option.MAXIMUM_MESSAGE_SIZE: (576).to_bytes(2, "big")}

    response = ask(_asks(1, 3, 42, 119, options=size), site_)

    reply = DHCPPacket.parse(response.payload)
    assert {1, 3, 42} < reply.options.keys()
    assert response.reply.left_out == ("domain-search",)
    assert response.event.warning == "no room for domain-search in the message that it can take"
    assert ask(_asks(1, 3, 42, 119), site_).reply.left_out == ()  # it can take 1472


def test_a_relays_information_pushes_out_other_options():
    long = {Option.RELAY_AGENT_INFORMATION: b"\x01\xc8" + bytes(200)}
    size = {Option.MAXIMUM_MESSAGE_SIZE: (576).to_bytes(2, "big")}
    subnet = Subnet(NETWORK, options={"router": "10.77.0.1", "domain-name": "x" * 60})

    response = ask(
        _asks(1, 3, 15, giaddr=RELAY, options=size | long), site(DHCP, subnets=(subnet,))
    )

    reply = DHCPPacket.parse(response.payload)
    assert reply.options[82] == long[82]
    assert response.reply.left_out == ("domain-name",)
    assert len(response.payload) <= 548


def test_boot_data_is_never_left_out():
    subnet = Subnet(NETWORK, options={"option-224": "00" * 400, "vendor-specific": "00" * 400})
    size = {Option.MAXIMUM_MESSAGE_SIZE: (576).to_bytes(2, "big")}

    reply = reply_to(_asks(224, options=size), site(DHCP, subnets=(subnet,)))

    assert {43, 60} < reply.options.keys()
    assert 224 not in reply.options


NAMES = {
    "router": st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=20),
    "domain-name-server": st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=20),
    "domain-name": st.text("abc.", min_size=1, max_size=300),
    "root-path": st.text("abc/", min_size=1, max_size=600),
    "mtu-interface": st.integers(68, 9000),
    "domain-search": st.lists(st.just("lab.example"), min_size=1, max_size=40),
    "classless-static-route": st.lists(
        st.just("10.0.0.0/8 via 10.77.0.1"), min_size=1, max_size=70
    ),
    "option-224": st.binary(max_size=700).map(bytes.hex),
}
site_options = st.fixed_dictionaries({}, optional=NAMES)


@given(
    below=site_options,
    own=site_options,
    asked=st.none() | st.binary(min_size=1, max_size=60),
    size=st.none() | st.integers(0, 0xFFFF),
    relay=st.none() | st.binary(max_size=200),
)
@settings(deadline=None, max_examples=200)
def test_every_reply_fits_and_says_what_was_set(below, own, asked, size, relay):
    options = {
        Option.PARAMETER_REQUEST_LIST: asked,
        Option.MAXIMUM_MESSAGE_SIZE: None if size is None else size.to_bytes(2, "big"),
        Option.RELAY_AGENT_INFORMATION: relay,
    }
    packet = plain_discover()
    given_ = {code: value for code, value in options.items() if value is not None}
    packet = replace(packet, options=dict(packet.options) | given_)
    lease = Lease(ADDRESS, Subnet(NETWORK, options=below), 300, 150, 260)

    reply = lease_reply(packet, MessageType.ACK, lease, SERVER, NOTHING, own)

    payload = reply.packet.pack()
    assert len(payload) <= max(576, min(size or 0, 1500)) - 28
    sent = DHCPPacket.parse(payload).options
    assert tuple(sent)[:6] == (53, 54, 51, 58, 59, 1)
    if relay is not None:
        assert (tuple(sent)[-1], sent[82]) == (82, relay)
    codes = {meaning_of(name).code: name for name in below | own}
    for code, name in codes.items():
        if code in sent:
            assert sent[code] == encode_option(name, (below | own)[name])[1]
        else:
            unasked = asked is not None and code not in asked and name not in own
            assert unasked or name in reply.left_out


# ---- relays

INSTEAD = {Option.RELAY_AGENT_INFORMATION: b"\x0b\x04" + RELAY.packed}


def test_a_relay_may_stand_in_for_the_server():
    """RFC 5107: renewals, too, come to it then; the boot files do not."""
    reply = reply_to(discover(giaddr=RELAY, options=INSTEAD), site(DHCP))

    assert reply.server_identifier == RELAY
    assert reply.siaddr == SERVER


def test_a_request_that_names_the_relay_is_for_us():
    named = {Option.SERVER_IDENTIFIER: RELAY.packed, Option.REQUESTED_ADDRESS: ADDRESS.packed}

    ours = ask(request(giaddr=RELAY, options=INSTEAD | named), site(DHCP))
    theirs = ask(request(giaddr=RELAY, options=named), site(DHCP))

    assert DHCPPacket.parse(ours.payload).message_type is MessageType.ACK
    assert theirs.payload == b""


def test_nak_has_only_what_it_may_have():
    """RFC 2131 table 3, RFC 3046 and 6842; under the relay's name, too."""
    wrong = {Option.REQUESTED_ADDRESS: FOREIGN.packed, Option.CLIENT_IDENTIFIER: b"\1a"}

    reply = reply_to(request(giaddr=RELAY, options=INSTEAD | wrong), site(DHCP))

    assert tuple(reply.options) == (53, 54, 56, 61, 82)
    assert reply.server_identifier == RELAY
    assert (reply.ciaddr, reply.yiaddr, reply.siaddr) == (UNSPECIFIED,) * 3
    assert (reply.file, reply.sname) == (b"", b"")


# ---- BOOTP


def _bootp(**changes):
    packet = replace(plain_discover(), options={}, is_bootp=True)
    return replace(packet, **changes)


def test_bootp_gets_an_address_for_ever_and_nothing_of_dhcp():
    """RFC 1497 and 1534: mask before router, no 51, 53, 54; where to boot from in the fields."""
    lease = Lease(ADDRESS, SUBNET, 3600, 1800, 3150, machine())
    boot = BootData("undionly.kpxe")

    reply = bootp_reply(_bootp(), lease, SERVER, boot, {"root-path": "/srv/root"})

    payload = reply.packet.pack()
    packet = DHCPPacket.parse(payload)
    assert len(payload) == 300
    assert payload[236:240] == b"\x63\x82\x53\x63"
    assert tuple(packet.options) == (1, 3, 28, 12, 17)
    assert (packet.yiaddr, packet.siaddr) == (ADDRESS, SERVER)
    assert (packet.file, packet.sname) == (b"undionly.kpxe", b"10.77.0.1")


def test_a_reserved_machine_is_answered_over_bootp():
    reply = reply_to(_bootp(), site(DHCP))

    assert (reply.message_type, reply.yiaddr, reply.siaddr) == (None, ADDRESS, SERVER)


def test_bootp_reply_is_never_longer_than_its_client_takes():
    subnet = Subnet(NETWORK, options=LONG)
    lease = Lease(ADDRESS, subnet, 3600, 1800, 3150, machine())

    reply = bootp_reply(_bootp(giaddr=RELAY), lease, SERVER, NOTHING, {})

    assert len(reply.packet.pack()) == 300
    assert reply.left_out == ("domain-search", "ntp-servers")
    assert tuple(reply.packet.options) == (1, 3, 28, 12)
