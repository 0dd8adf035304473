import asyncio
import json

import pytest

from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.store.sources.asking import Asking
from pxectl.store.sources.settings import BootAPI
from tests.bootapi import running
from tests.builders import MAC1, STRANGER

ANSWER = {"kernel": "/k", "cmdline": "quiet"}


@pytest.fixture(scope="module")
def api():
    with running() as api:
        yield api


@pytest.fixture(autouse=True)
def healthy(request):
    if "api" in request.fixturenames:
        request.getfixturevalue("api").set(machines={str(MAC1): ANSWER}, fault="", slow={})


def ask(url, *steps, cache=0, timeout=1):
    """Ask about each MAC, or do what a step says; the service's view and what was said."""
    said: list[PxectlError] = []

    async def run():
        service = Asking(BootAPI(url, timeout, cache), said.append)
        for step in steps:
            if isinstance(step, MAC):
                await service.ask(step)
            else:
                step()
        await service.close()
        return service

    return asyncio.run(run()), [error.message for error in said]


def test_a_machine_is_known_and_a_stranger_is_not(api):
    service, said = ask(api.url, MAC1, STRANGER)

    assert service.answers[MAC1].own.kernel == f"{api.url}/k"
    assert (len(service.answers), said) == (1, [])


def test_the_mac_is_asked_for_in_its_colon_form(api):
    ask(api.url, MAC1)

    assert api.asked[-1] == "52:54:00:77:00:01"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("status 500", "status 500"),
        ("status 429", "status 429"),
        ("cut off", "the answer was cut off"),
        ("hang up", "the answer was cut off, or is no HTTP"),
        ("malformed", "the answer is not JSON, or was cut off"),
        ("endless", "the answer is larger than 1 MiB"),
        ("circle", "it redirects in circles"),
    ],
)
def test_a_fault_leaves_the_last_answer_in_force_with_its_age(api, fault, why):
    service, said = ask(api.url, MAC1, lambda: api.set(fault=fault), MAC1, STRANGER, STRANGER)

    assert service.answers[MAC1].own.cmdline == ("quiet",)
    assert STRANGER not in service.answers
    assert [why in line for line in said] == [True, True]  # once for who is not known
    assert said[0].endswith(f"{MAC1} is decided by its answer of 0 s ago")
    assert said[1].endswith(f"nothing is known of {STRANGER}")


@pytest.mark.parametrize("fault", ["status 404", "status 403", "status 204"])
def test_a_machine_that_the_service_no_longer_knows_is_forgotten(api, fault):
    service, said = ask(api.url, MAC1, lambda: api.set(fault=fault), MAC1)

    assert (len(service.answers), said) == (0, [])


def test_a_redirect_is_followed(api):
    api.set(fault="redirect")

    service, said = ask(api.url, MAC1)

    assert (len(service.answers), said) == (1, [])


def test_a_slow_service_is_given_up_after_its_time(api):
    api.set(slow={str(MAC1): 5})

    service, [said] = ask(api.url, MAC1, timeout=0.2)

    assert "no answer within 0.2 s" in said
    assert not service.answers


def test_a_service_that_went_away_and_came_back_is_asked_again():
    with running(machines={str(MAC1): ANSWER}) as api:
        service, _ = ask(api.url, MAC1)
        port = int(api.url.rpartition(":")[2])
    kept = json.loads(json.dumps(service.to_keep()))

    async def later():
        said = []
        service = Asking(BootAPI(api.url, 1, 0), said.append)
        service.recall(kept)
        await service.ask(MAC1)
        before = service.answers[MAC1].own.kernel
        with running(port, machines={str(MAC1): {"kernel": "/new"}}):
            await service.ask(MAC1)
        await service.close()
        return said, before, service.answers[MAC1].own.kernel

    [said], before, after = asyncio.run(later())

    assert "it can not be reached" in said.message
    assert (before, after) == (f"{api.url}/k", f"{api.url}/new")


@pytest.mark.parametrize(
    "kept", [None, "x", [1], [{}], [{"mac": "x", "as_of": 1, "body": "{}"}],
             [{"mac": str(MAC1), "as_of": "x", "body": '{"kernel": "/k"}'}],
             [{"mac": str(MAC1), "as_of": 1, "body": 5}]],
)  # fmt: skip
def test_what_was_kept_and_makes_no_sense_is_passed_over(kept):
    service = Asking(BootAPI("http://api"), print)

    service.recall(kept)

    assert not service.answers


def test_fresh_is_what_was_asked_within_the_cache_time(api):
    fresh, _ = ask(api.url, MAC1, STRANGER, cache=60)
    stale, _ = ask(api.url, MAC1, STRANGER, cache=0)

    assert [fresh.is_fresh(mac) for mac in (MAC1, STRANGER)] == [True, True]
    assert [stale.is_fresh(mac) for mac in (MAC1, STRANGER)] == [False, False]


def test_proxies_of_the_environment_do_not_matter(api, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    service, said = ask(api.url, MAC1)

    assert (len(service.answers), said) == (1, [])
