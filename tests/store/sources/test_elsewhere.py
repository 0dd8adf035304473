import asyncio
from contextlib import ExitStack

import pytest

from pxectl.store.sources.asking import Asking
from pxectl.store.sources.elsewhere import Elsewhere
from pxectl.store.sources.settings import BootAPI
from tests.bootapi import running
from tests.builders import MAC1, STRANGER


@pytest.fixture(scope="module")
def apis():
    with ExitStack() as stack:
        yield [stack.enter_context(running()) for _ in range(2)]


def elsewhere(apis, cache=60):
    found = Elsewhere()
    found.services = tuple(Asking(BootAPI(api.url, 1, cache), lambda _: None) for api in apis)
    return found


def asked(apis, work, cache=60):
    """What `work` gives, and how often each service was asked."""
    before = [len(api.asked) for api in apis]

    async def run():
        found = elsewhere(apis, cache)
        try:
            return await work(found)
        finally:
            await found.close()

    result = asyncio.run(run())
    return result, [len(api.asked) - n for api, n in zip(apis, before, strict=True)]


def test_the_first_service_that_knows_a_machine_wins(apis):
    apis[0].set(machines={str(MAC1): {"kernel": "/first"}})
    apis[1].set(machines={str(mac): {"kernel": "/second"} for mac in (MAC1, STRANGER)})

    async def work(found):
        for mac in (MAC1, STRANGER):
            await found.look_up(mac)
        return [found[mac].own.kernel.rpartition("/")[2] for mac in (MAC1, STRANGER)], len(found)

    assert asked(apis, work) == ((["first", "second"], 2), [2, 1])


def test_many_who_ask_about_one_mac_make_one_question(apis):
    apis[0].set(machines={str(MAC1): {"kernel": "/k"}}, slow={str(MAC1): 0.1})

    async def work(found):
        waits = [found.look_up(MAC1) for _ in range(20)]
        waits[3].cancel()  # a client that hung up takes nothing from the others
        await asyncio.gather(*waits, return_exceptions=True)
        return MAC1 in found, found.look_up(MAC1)

    assert asked(apis[:1], work) == ((True, None), [1])


def test_a_slow_answer_delays_no_other(apis):
    apis[0].set(machines={str(STRANGER): {"kernel": "/k"}}, slow={str(MAC1): 0.6})

    async def work(found):
        slow, quick = found.look_up(MAC1), found.look_up(STRANGER)
        await quick
        return slow.done(), STRANGER in found

    result, _ = asked(apis[:1], work)
    assert result == (False, True)


def test_with_no_service_nobody_is_asked():
    assert Elsewhere().look_up(MAC1) is None
    assert Elsewhere().get(MAC1) is None
