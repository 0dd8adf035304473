"""A machine that loads the same first program again and again gets out of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.answer import File, Text
from pxectl.boot.events import Looped, Replied
from pxectl.boot.loops import LIMIT, REMEMBERED, WINDOW, Loops
from pxectl.boot.memory import Memory
from pxectl.boot.profile import Profile
from pxectl.boot.respond import respond
from pxectl.boot.route import route
from pxectl.boot.rules import Action, Rule
from pxectl.mac import MAC
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, TOKEN, arrival, asked, discover, site

UKI = Profile("debian", nbp={Arch.X64_UEFI: "uki.efi"})


class Machine:
    """Asks as firmware and iPXE do, `every` seconds."""

    def __init__(self, site_=None, kind="uefi-x64"):
        self.site, self.kind, self.memory, self.now = site_ or site(), kind, Memory(), NOW
        self.looped: list[Looped] = []

    def dhcp(self, kind=None):
        """What its DISCOVER is told to load."""
        packet = discover(kind or self.kind).pack()
        event = respond(packet, arrival(), self.site, self.memory, self.now).event
        return event.bootfile if isinstance(event, Replied) else ""

    def load(self, name):
        routed = route(asked(f"{TOKEN}/{name}"), self.site, self.memory.visits, self.now)
        self.looped += [routed.looped] if routed.looped else []
        return routed.answer

    def rounds(self, count, *, as_ipxe=True, every=15.0):
        """The answers to the program and to the script, of each round."""
        for _ in range(count):
            name = self.dhcp().partition("/")[2]
            program = self.load(name)
            self.now += 2
            told = self.dhcp("ipxe" if as_ipxe else None)
            script = self.load("boot.ipxe") if told.endswith("/boot.ipxe") else None
            self.now += every
            yield program, script


def is_broken(answer):
    return isinstance(answer, Text) and b"times within" in answer.body


@pytest.mark.parametrize("kind", ["bios", "uefi-x64"])
def test_the_fifth_round_ends_with_a_script_that_says_so(kind):
    machine = Machine(kind=kind)

    rounds = list(machine.rounds(6))

    assert [is_broken(script) for _, script in rounds] == [False] * 4 + [True] * 2
    assert all(isinstance(program, File) for program, _ in rounds)
    [event] = machine.looped
    assert (event.client.mac, event.times, event.seconds) == (MAC1, LIMIT, WINDOW)
    text = rounds[4][1].body.decode()
    assert text.startswith("#!ipxe\necho pxectl: node1 has loaded ")
    assert text.endswith("sleep 60\nexit 1\n")


def test_a_slow_round_is_none():
    machine = Machine()

    assert not any(is_broken(script) for _, script in machine.rounds(20, every=40))
    assert not machine.looped


def test_a_machine_that_boots_each_time_does_not_loop():
    machine = Machine()

    for _ in machine.rounds(20):
        machine.load("booted")

    assert not machine.looped


def test_it_is_over_two_minutes_after_the_last_load():
    machine = Machine()
    list(machine.rounds(5))
    machine.now += WINDOW

    [(_, script)] = machine.rounds(1)

    assert not is_broken(script)


def test_a_size_probe_and_a_packet_sent_again_are_one_load():
    machine = Machine()

    for _ in range(4):
        for _ in range(5):
            machine.load("ipxe.efi")
            machine.now += 0.1
        machine.now += 15

    assert not machine.looped


def test_ipxe_that_asks_as_if_it_were_firmware_is_told_the_script():
    machine = Machine(kind="bios")
    rounds = list(machine.rounds(5, as_ipxe=False))

    assert machine.dhcp() == f"http://10.77.0.1:8080/{TOKEN}/boot.ipxe"
    assert is_broken(machine.load("boot.ipxe"))
    # within the fifth round already: the program that was loaded asks again
    assert [is_broken(script) for _, script in rounds] == [False] * 4 + [True]


def test_firmware_is_told_its_program_while_ipxe_is_told_the_script():
    machine = Machine()
    list(machine.rounds(5))

    assert machine.dhcp() == f"{TOKEN}/ipxe.efi"
    assert machine.dhcp("ipxe").endswith("/boot.ipxe")


def test_ipxe_that_another_server_sends_round_gets_the_script_for_the_program():
    machine = Machine()
    for _ in range(5):
        machine.dhcp("ipxe")
        last = machine.load("ipxe.efi")
        machine.now += 15

    assert isinstance(last, File)
    assert is_broken(machine.load("ipxe.efi"))


def test_a_program_of_the_profile_gives_way_to_ipxe_which_gets_the_script():
    machine = Machine(site(profiles=(UKI,)))
    for _ in range(5):
        assert machine.dhcp() == f"{TOKEN}/files/uki.efi"
        machine.load("files/uki.efi")
        machine.now += 15

    assert machine.dhcp() == f"{TOKEN}/ipxe.efi"
    assert isinstance(machine.load("ipxe.efi"), File)
    assert machine.dhcp("ipxe").endswith("/boot.ipxe")
    assert [one.name for one in machine.looped] == ["files/uki.efi"]


def test_a_denied_machine_gets_no_script():
    machine = Machine(site(site().serving.dhcp, Rule("no", (), Action.DENY)))
    visits = machine.memory.visits
    for n in range(5):
        visits.loops.load(MAC1, "ipxe.efi", NOW + 10 * n)
    machine.now += 45

    assert not is_broken(machine.load("boot.ipxe"))
    assert machine.dhcp() == ""


def test_its_name_in_the_script_ends_no_line():
    odd = site(machines=(replace(site().inventory.machines[0], name="a || shell\n${x}"),))
    machine = Machine(odd)

    [*_, (_, script)] = machine.rounds(5)

    assert b"||" not in script.body
    assert b"${" not in script.body


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.floats(0, 50)), max_size=60))
def test_no_loop_without_five_loads_of_one_program_within_two_minutes(loads):
    loops, now, times = Loops(), 0.0, {}
    for number, name, later in loads:
        mac = MAC(bytes((2, 0, 0, 0, 0, number)))
        now += later
        kept = times.setdefault((number, name), [])
        times.pop((number, "b" if name == "a" else "a"), None)
        if not kept or now - kept[-1] >= 1:
            kept.append(now)
        if loops.load(mac, name, now):
            assert len(kept) >= LIMIT
            assert now - kept[-LIMIT] <= WINDOW
            assert loops.of(mac, now).name == name


def test_a_flood_of_machines_is_forgotten():
    loops = Loops()
    for number in range(REMEMBERED + 100):
        loops.load(MAC(number.to_bytes(6, "big")), "n", NOW)

    assert len(loops._by_mac) == REMEMBERED
    assert loops.of(None, NOW) is None
