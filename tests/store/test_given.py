import pytest

from pxectl.errors import ConfigError
from pxectl.store.given import given_options, given_quirks, given_vars


def test_variables_are_texts_but_for_true_and_false():
    assert given_vars(["disk=/dev/sda", "n=3", "raid=false", "url=http://x/?a=b", "e="]) == {
        "disk": "/dev/sda",
        "n": "3",
        "raid": False,
        "url": "http://x/?a=b",
        "e": "",
    }


@pytest.mark.parametrize(
    ("pairs", "options"),
    [
        (["router=10.77.0.1"], {"router": ["10.77.0.1"]}),
        (["router=10.77.0.1, 10.77.0.2"], {"router": ["10.77.0.1", "10.77.0.2"]}),
        (["router=10.77.0.1", "router=10.77.0.2"], {"router": ["10.77.0.1", "10.77.0.2"]}),
        (["domain-name=lab"], {"domain-name": "lab"}),
        (["mtu-interface=1400"], {"mtu-interface": 1400}),
        (["time-offset=-3600"], {"time-offset": -3600}),
        (["forward=true"], {"forward": True}),
        (["option-224=01:02"], {"option-224": "01:02"}),
    ],
)
def test_options_have_the_type_of_their_registry(pairs, options):
    assert given_options(pairs) == options


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        (["router"], "`router` is no KEY=VALUE"),
        (["=x"], "`=x` is no KEY=VALUE"),
        (["routr=10.77.0.1"], "there is no DHCP option `routr`"),
        (["router=x"], "is no value for `router`"),
        (["mtu-interface=70000"], "mtu-interface"),
        (["forward=maybe"], "forward"),
        (["domain-name=a", "domain-name=b"], "domain-name stands twice"),
    ],
)
def test_options_that_can_not_be_are_told(pairs, told):
    with pytest.raises(ConfigError) as error:
        given_options(pairs)
    assert error.value.message.startswith("--option")
    assert told in error.value.message
    assert error.value.hint


def test_a_variable_that_stands_twice_is_told():
    with pytest.raises(ConfigError, match="--var: a stands twice"):
        given_vars(["a=1", "a=2"])


def test_quirks_are_numbers_where_they_are_to_be():
    given = given_quirks(("style=binl", "blksize=1024", "reply_delay=0.5", "nbp=a.efi"))
    assert given == {"style": "binl", "blksize": 1024, "reply_delay": 0.5, "nbp": "a.efi"}
    for bad in ("style", "style=x", "stile=binl", "blksize=1", "reply_delay=1.2.3", "nbp=/x"):
        with pytest.raises(ConfigError, match="--quirk"):
            given_quirks((bad,))
