import pytest

from pxectl.errors import ConfigError
from pxectl.store.sources.objects import machine_from, some
from tests.kubeapi import hardware

MAC = "52:54:00:77:00:01"


def test_what_an_object_boots_is_the_machines_own_profile():
    raw = hardware(MAC) | {"metadata": {"name": "node1"}}

    machine = machine_from(raw, "here", "tinkerbell x", 5.0)

    assert (machine.name, machine.origin, machine.as_of) == ("node1", "tinkerbell x", 5.0)
    assert (machine.own.chain, machine.profile) == ("http://10.77.0.5/auto.ipxe", machine.own.name)


def test_a_profile_that_an_annotation_names_is_the_sites():
    meta = {"name": "node1", "annotations": {"pxectl/machine": '{"profile": "debian"}'}}

    machine = machine_from(hardware(MAC) | {"metadata": meta}, "here", "x", 5.0)

    assert (machine.profile, machine.own) == ("debian", None)


@pytest.mark.parametrize("mac", ["no mac", "01:00:5e:00:00:01"])
def test_what_can_be_no_machine_is_an_error_that_names_it(mac):
    with pytest.raises(ConfigError, match=r"^here: "):
        machine_from(hardware(mac) | {"metadata": {"name": "node1"}}, "here", "x", 5.0)


@pytest.mark.parametrize(("many", "told"), [(0, 0), (5, 5), (6, 6), (99, 6)])
def test_only_some_of_many_errors_are_told(many, told):
    errors = some(ConfigError(str(n)) for n in range(many))

    assert len(errors) == told
    if many > 5:
        assert errors[-1].message == f"… and {many - 5} more objects that can not be used"
