import asyncio

from pxectl.store.site import SiteReader, load_site
from pxectl.store.sources.settings import BootAPI
from pxectl.store.sources.sources import Sources
from tests.bootapi import running
from tests.builders import MAC1, STRANGER

SITE = """
[[source]]
type = "http"
url = "{}"
"""


def site_with(tmp_path, url, name="site"):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "pxectl.toml").write_text(SITE.format(url))
    return folder


def test_one_command_asks_for_its_machine_alone(tmp_path):
    with running(machines={str(MAC1): {"kernel": "/k"}}) as api:
        loaded = load_site(site_with(tmp_path, api.url), environ={}, mac=MAC1)
        asked = api.asked

    assert loaded.site.inventory.get(MAC1).own.kernel == f"{api.url}/k"
    assert (asked, loaded.notes) == ([str(MAC1)], ())


def test_a_machine_that_a_file_has_is_asked_for_nowhere(tmp_path):
    with running(machines={str(MAC1): {"kernel": "/k"}}) as api:
        folder = site_with(tmp_path, api.url)
        (folder / "hardware").mkdir()
        (folder / "hardware/node1.toml").write_text(f'mac = "{MAC1}"')
        loaded = load_site(folder, environ={}, mac=MAC1)
        asked = api.asked

    assert loaded.site.inventory.get(MAC1).name == "node1"
    assert asked == []


def test_the_last_answers_outlive_the_process(tmp_path):
    with running(machines={str(MAC1): {"kernel": "/k"}}) as api:
        folder = site_with(tmp_path, api.url)

        async def serve():
            reader = SiteReader(folder, environ={})
            reader.read()
            task = asyncio.ensure_future(reader.sources.run())
            await reader.sources.elsewhere.look_up(MAC1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(serve())
    loaded = load_site(folder, environ={}, mac=MAC1)

    assert loaded.site.inventory.get(MAC1).own.kernel == f"{api.url}/k"
    [note] = loaded.notes
    assert f"it can not be reached: {MAC1} is decided by its answer of" in note.message


def test_another_service_does_not_inherit_what_the_last_one_said(tmp_path):
    sources = Sources(tmp_path)
    with running(machines={str(MAC1): {"kernel": "/k"}}) as api:
        sources.follow((BootAPI(api.url),))
        sources.look_up_now(MAC1)
        sources.follow((BootAPI(api.url, cache=99), BootAPI("http://127.0.0.1:1")))

        assert sources.elsewhere.get(MAC1) is None

        sources.follow((BootAPI(api.url),))
        sources.look_up_now(MAC1)
    kept = sources.elsewhere.services
    sources.follow((BootAPI(api.url),))

    assert sources.elsewhere.services == kept
    assert MAC1 in sources.elsewhere
    assert STRANGER not in sources.elsewhere
    sources.follow(())
    assert sources.to_ask is None
