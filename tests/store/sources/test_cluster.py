import asyncio
import re
import time

import pytest

from pxectl.store.sources.cluster import Following
from pxectl.store.sources.settings import Cluster
from tests.kubeapi import hardware, running

ONE, TWO = "52:54:00:77:00:01", "52:54:00:77:00:02"
OBJECTS = {"node1": hardware(ONE, hostname="one")}


def following(api, tmp_path, **options):
    said = []
    config = api.kubeconfig(tmp_path / "kubeconfig")
    cluster = Cluster(config, **({"timeout": 2} | options))
    return Following(cluster, lambda error: said.append(error.message)), said


def names(one):
    return [machine.name for machine in one.listed().machines]


async def until(what, seconds=8.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


def followed(one, story):
    """Run the follower beside `story`."""

    async def both():
        task = asyncio.ensure_future(one.run())
        try:
            await story()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(both())


def test_objects_are_machines_that_boot_what_they_say(tmp_path):
    with running(objects=OBJECTS) as api:
        one, said = following(api, tmp_path)
        asyncio.run(one.list_once())
        asked = api.asked

    [machine] = one.listed().machines
    assert (machine.name, str(machine.macs[0]), machine.hostname) == ("node1", ONE, "one")
    assert machine.own.chain == "http://10.77.0.5/auto.ipxe"
    assert machine.profile == machine.own.name
    assert machine.origin == one.cluster.origin
    assert time.time() - machine.as_of < 5
    assert asked == ["/apis/tinkerbell.org/v1alpha1/hardware Bearer secret"]
    assert said == []


def test_a_namespace_is_asked_for_alone(tmp_path):
    with running(objects=OBJECTS) as api:
        one, _ = following(api, tmp_path, namespace="lab")
        asyncio.run(one.list_once())

        assert "/namespaces/lab/hardware" in api.asked[0]
    assert names(one) == ["node1"]


def test_a_long_list_comes_in_pages(tmp_path):
    many = {f"n{n}": hardware(f"52:54:00:01:{n >> 8:02x}:{n & 255:02x}") for n in range(1201)}
    with running(objects=many) as api:
        one, _ = following(api, tmp_path)
        asyncio.run(one.list_once())

        assert len(api.asked) == 3
    assert len(names(one)) == 1201


def test_changes_are_followed(tmp_path):
    with running(objects=OBJECTS) as api:
        one, said = following(api, tmp_path)

        async def story():
            await until(lambda: names(one) == ["node1"])
            api.set(objects={"node2": hardware(TWO)})
            await until(lambda: names(one) == ["node1", "node2"])
            api.set(objects={"node1": None})
            await until(lambda: names(one) == ["node2"])
            api.set(objects={"node2": hardware(TWO, hostname="new")})
            await until(lambda: one.listed().machines[0].hostname == "new")
            assert one.is_news

        followed(one, story)
    assert said == []


@pytest.mark.parametrize("how", [{"drop": True}, {"forget": True, "drop": True}])
def test_after_a_broken_watch_nothing_is_missed(tmp_path, how):
    with running(objects=OBJECTS) as api:
        one, _ = following(api, tmp_path)

        async def story():
            await until(lambda: names(one) == ["node1"])
            api.set(objects={"node2": hardware(TWO), "node1": None}, **how)
            await until(lambda: names(one) == ["node2"])
            api.set(objects={"node1": hardware(ONE)})
            await until(lambda: sorted(names(one)) == ["node1", "node2"])

        followed(one, story)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("status 500", "status 500"),
        ("status 401", "the server refuses us with status 401"),
        ("cut off", "the connection broke"),
        ("slow 9", "no answer within 1 s"),
        ("hang up", "the connection broke"),
    ],
)
def test_while_it_is_away_the_last_list_stays(tmp_path, fault, reason):
    with running(objects=OBJECTS) as api:
        one, said = following(api, tmp_path, timeout=1)
        asyncio.run(one.list_once())
        api.set(fault=fault)
        asyncio.run(one.list_once())
        asyncio.run(one.list_once())

    assert names(one) == ["node1"]
    [message] = said
    assert message.startswith(f"source {one.cluster.origin}: {reason}")
    assert re.search(r": its list of \d s ago stays in force$", message)


def test_a_server_that_went_and_came_back_is_followed_again(tmp_path):
    with running(objects=OBJECTS) as api:
        one, said = following(api, tmp_path)
        port = api.port

        async def goes():
            await until(lambda: names(one) == ["node1"])

        followed(one, goes)

    async def comes_back():
        await until(lambda: said)
        with running(port, objects={"node2": hardware(TWO)}):
            await until(lambda: names(one) == ["node2"], 20)
            await until(lambda: len(said) > 1)

    followed(one, comes_back)
    assert "it can not be reached" in said[0]
    assert said[1].endswith("it answers again")


def test_what_was_kept_is_known_after_a_restart(tmp_path):
    with running(objects=OBJECTS) as api:
        one, _ = following(api, tmp_path)
        asyncio.run(one.list_once())
    again = Following(one.cluster, lambda _: None)
    again.recall(one.to_keep())

    assert names(again) == ["node1"]
    assert again.listed().machines[0].as_of == one.listed().machines[0].as_of


@pytest.mark.parametrize("junk", [{}, {"objects": 1, "as_of": 2}, {"objects": [1], "as_of": 2}])
def test_what_can_not_have_been_kept_is_worth_nothing(tmp_path, junk):
    one = Following(Cluster(tmp_path / "none"), lambda _: None)
    one.recall(junk)

    assert names(one) == []


def test_an_object_that_can_not_be_is_told_and_the_others_are_known(tmp_path):
    with running(objects={"bad": hardware("no mac"), "node1": hardware(ONE)}) as api:
        one, _ = following(api, tmp_path)
        asyncio.run(one.list_once())

    assert names(one) == ["node1"]
    [note] = one.listed().notes
    assert "lab/bad" in note.message


def test_without_a_way_to_the_server_that_is_said(tmp_path):
    said = []
    one = Following(Cluster(None), lambda error: said.append(error), environ={})
    asyncio.run(one.list_once())

    assert "this is no pod of a cluster" in said[0].message
    assert said[0].hint
