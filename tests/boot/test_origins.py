from pxectl.boot.conditions import parse_match
from pxectl.boot.origins import origins
from pxectl.boot.quirks import Deny, Quirks, Style
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.wire.options import Option
from tests.builders import MAC1, NETWORK, ask, discover, machine, site

SUBNET = Subnet(
    NETWORK, options={"router": ["10.77.0.1"], "domain-name": "lab", "log-server": "10.77.0.9"}
)


def asked(mode, machine_, *rules):
    response = ask(discover(), site(mode, *rules, machines=(machine_,), subnets=(SUBNET,)))
    return response, origins(response.event.decision, response.lease)


def gpu(**values):
    return Rule("gpu", parse_match({"mac": str(MAC1)}, "x"), Action.BOOT, **values)


def test_each_value_is_the_nearest_ones():
    own = machine(
        options={"domain-name": "rack", "time-offset": 1},
        quirks=Quirks(style=Style.BINL, deny=Deny.FAST),
    )
    rule = gpu(options={"time-offset": 2}, quirks=Quirks(style=Style.BYPASS), profile="debian")

    response, said = asked(Mode.SERVER, own, rule)

    assert said == {
        "profile": 'rule "gpu"',
        "quirks.style": 'rule "gpu"',
        "quirks.deny": "machine node1",
        "address": "machine node1",
        "options.router": "subnet 10.77.0.0/24",
        "options.domain-name": "machine node1",
        "options.log-server": "subnet 10.77.0.0/24",
        "options.time-offset": 'rule "gpu"',
    }
    options = response.reply.packet.options
    assert options[Option.DOMAIN_NAME] == b"rack"
    assert options[2] == (2).to_bytes(4, "big")
    assert response.delay == 0


def test_a_proxy_sets_no_options():
    _, said = asked(Mode.PROXY, machine(options={"domain-name": "rack"}))

    assert said == {"profile": "machine node1"}


def test_a_machine_of_a_source_says_which():
    _, said = asked(Mode.PROXY, machine(origin="http://api"))

    assert said == {"profile": "machine node1 of http://api"}
