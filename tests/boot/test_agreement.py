"""DHCP, port 4011, TFTP, HTTP and `rules test` never disagree about who may boot and what.

Random sites and clients; each is booted through the two doors as `serve` would, and asked for by
`rules test` beforehand.
"""

from ipaddress import IPv4Address

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pxectl.boot.answer import File, Refusal, Text
from pxectl.boot.arrival import Protocol
from pxectl.boot.events import Replied, Unanswered
from pxectl.boot.kinds import KINDS
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Deny
from pxectl.boot.rehearse import Standpoint, rehearse
from pxectl.boot.route import route
from pxectl.boot.rules import Action
from pxectl.boot.site import Mode
from pxectl.boot.token import make_token
from pxectl.boot.urls import SCRIPT
from pxectl.boot.visits import Visits
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import MessageType, RelaySuboption
from pxectl.wire.options import Option, pack_options
from tests.builders import DEBIAN, NETWORK, NOW, SERVER, ask, asked, site
from tests.strategies import MACS, NAMES, RELAYS, machines, rules

HERE = Standpoint("eth0", SERVER, NETWORK)
MENU = Profile("menu", script="menu.ipxe")
LEASED = NETWORK[-2]  # what a rehearsed client was leased by somebody


@st.composite
def sites(draw):
    known = draw(st.integers(1, 4))
    inventory = tuple(draw(machines(NAMES[n], (MACS[n],))) for n in range(known))
    return site(
        draw(st.sampled_from([Mode.PROXY, Mode.SERVER])),
        *draw(st.lists(rules(), max_size=5)),
        machines=inventory,
        profiles=(DEBIAN, MENU),
        templates={"menu.ipxe": "#!ipxe\nmenu for {{ client.mac }}\n"},
    )


@st.composite
def discovers(draw):
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    packet = kind.discover(draw(st.sampled_from(MACS)))
    if draw(st.booleans()):
        packet = _relayed(packet, draw(st.sampled_from(RELAYS)))
    return kind, packet


def _relayed(packet: DHCPPacket, relay: IPv4Address) -> DHCPPacket:
    circuit = pack_options({RelaySuboption.CIRCUIT_ID: b"port-1"})[:-1]
    options = dict(packet.options) | {Option.RELAY_AGENT_INFORMATION: circuit}
    return _changed(packet, giaddr=relay, options=options)


def _changed(packet: DHCPPacket, **changes) -> DHCPPacket:
    fields = {name: getattr(packet, name) for name in packet.__dataclass_fields__}
    return DHCPPacket(**(fields | changes))


def _to_4011(packet: DHCPPacket) -> DHCPPacket:
    """By unicast from the address that it was leased: no relay puts anything in."""
    options = dict(packet.options) | {Option.MESSAGE_TYPE: bytes((MessageType.REQUEST,))}
    options.pop(Option.RELAY_AGENT_INFORMATION, None)
    return _changed(packet, ciaddr=LEASED, giaddr=IPv4Address(0), flags=0, options=options)


@settings(max_examples=300, deadline=None)
@given(sites(), discovers())
def test_every_protocol_gives_what_one_decision_says(site_, asking):
    kind, packet = asking
    visits = Visits()
    first = ask(packet, site_, visits=visits, peer=str(packet.giaddr))
    decision = first.event.decision
    event(decision.action.value)

    _check_dhcp(first, decision)
    _check_4011(packet, site_, visits, decision)
    for protocol in Protocol:
        _check_paths(protocol, packet.mac, site_, visits, decision)
    _check_rehearsal(kind, packet, site_, first)


def _check_dhcp(response, decision):
    told = isinstance(response.event, Replied) and response.event.bootfile
    if decision.action is Action.IGNORE:
        assert not response.payload
    if told:
        leaves = decision.action is Action.LOCAL or decision.quirks.deny in (Deny.FAST, Deny.SCRIPT)
        assert decision.boots or leaves


def _check_4011(packet, site_, visits, decision):
    response = ask(_to_4011(packet), site_, 4011, visits, peer=str(LEASED), peer_port=4011)
    there = response.event.decision
    if there is not None:  # a Raspberry Pi's or U-Boot's REQUEST is nothing for 4011
        assert _essence(there) == _essence(decision)


def _check_paths(protocol, mac, site_, visits, decision):
    token = make_token(site_.secret, mac, NOW)
    for name in (SCRIPT, "ipxe.efi", "undionly.kpxe", "files/debian/linux", "templates/menu.ipxe"):
        routed = route(asked(f"{token}/{name}", protocol), site_, visits, NOW)
        gets = isinstance(routed.answer, File | Text)
        if decision.boots:
            assert gets, (name, routed.event)
        elif name == SCRIPT:
            assert gets == (
                decision.action is Action.LOCAL
                or (
                    decision.action is Action.DENY
                    and decision.quirks.deny in (Deny.FAST, Deny.SCRIPT)
                )
            )
        else:
            assert isinstance(routed.answer, Refusal), name


def _check_rehearsal(kind, packet, site_, first):
    result = rehearse(packet, kind, HERE, site_, NOW)

    assert _essence(result.decision) == _essence(first.event.decision)
    assert result.steps[0].response.payload == first.payload
    if not result.decision.boots:
        assert not result.would_netboot
    for step in result.steps:
        assert isinstance(step.response.event, Replied | Unanswered)


def _essence(decision):
    return decision.action, decision.number, decision.profile, decision.quirks, decision.problem


@settings(max_examples=200, deadline=None)
@given(sites(), discovers())
def test_a_script_that_rules_test_shows_is_the_one_that_http_serves(site_, asking):
    kind, packet = asking
    result = rehearse(packet, kind, HERE, site_, NOW)
    event(f"{len(result.steps)} steps, script: {bool(result.script)}")
    if not result.script:
        return
    visits = Visits()
    for step, request in zip(result.steps, _requests(kind, packet, result), strict=True):
        response = ask(request, site_, 4011 if "4011" in step.asks else 67, visits, peer_port=68)
        assert response.payload == step.response.payload
    token = make_token(site_.secret, packet.mac, NOW)

    served = route(asked(f"{token}/{SCRIPT}"), site_, visits, NOW).answer

    assert served.body.decode() == result.script


def _requests(kind, packet, result):
    yield packet
    for step in result.steps[1:]:
        if "4011" in step.asks:
            yield _to_4011(packet)
        else:
            second = kind.after_nbp().discover(packet.mac, result.client.uuid)
            yield second if not int(packet.giaddr) else _relayed(second, packet.giaddr)
