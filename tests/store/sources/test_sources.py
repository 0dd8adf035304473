import asyncio
import json

from pxectl.store.site import SiteReader, load_site
from pxectl.store.sources.settings import BootAPI
from pxectl.store.sources.sources import Sources
from tests import kubeapi
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


# ---- sources that list all their machines


def cluster_site(tmp_path, api):
    api.kubeconfig(tmp_path / "kubeconfig")
    (tmp_path / "pxectl.toml").write_text(
        '[[source]]\ntype = "tinkerbell"\nkubeconfig = "kubeconfig"\n'
    )
    return tmp_path


def machines(loaded):
    return {machine.name: machine for machine in loaded.site.inventory.machines}


def test_one_command_lists_a_cluster_and_remembers_it(tmp_path):
    with kubeapi.running(objects={"node1": kubeapi.hardware(str(MAC1))}) as api:
        folder = cluster_site(tmp_path, api)
        assert load_site(folder, environ={}).notes == ()
    loaded = load_site(folder, environ={}, mac=MAC1)

    assert loaded.site.inventory.get(MAC1).own.chain == "http://10.77.0.5/auto.ipxe"
    [note] = loaded.notes
    assert "it can not be reached: its list of" in note.message


def test_a_file_wins_over_a_cluster_for_one_machine_as_for_all(tmp_path):
    with kubeapi.running(objects={"node1": kubeapi.hardware(str(MAC1))}) as api:
        folder = cluster_site(tmp_path, api)
        (folder / "hardware").mkdir()
        (folder / "hardware/node1.toml").write_text(f'mac = "{STRANGER}"')  # the name is its
        every, one = (load_site(folder, environ={}, mac=mac) for mac in (None, MAC1))

    assert every.site.inventory.get(MAC1) is None
    assert one.site.inventory.get(MAC1) is None
    assert "node1 of tinkerbell" in one.notes[0].message


def test_a_running_serve_notices_what_a_cluster_and_files_say(tmp_path):
    from pxectl.store.watch import Watch

    def manifest(name, mac):
        raw = kubeapi.hardware(mac) | {"metadata": {"name": name}}
        return json.dumps(raw)

    async def story(api):
        reader = SiteReader(cluster_site(tmp_path, api), environ={})
        (tmp_path / "hardware.yaml").write_text(manifest("file1", str(STRANGER)))
        with (tmp_path / "pxectl.toml").open("a") as file:
            file.write('[[source]]\ntype = "tinkerbell"\npath = "hardware.yaml"\n')
        loaded = reader.read()
        assert set(machines(loaded)) == {"file1"}
        versions = asyncio.Queue()
        watching = Watch(reader, loaded, versions.put).run()
        tasks = [asyncio.ensure_future(work) for work in (reader.sources.run(), watching)]
        async with asyncio.timeout(20):
            first = await versions.get()
            assert "machine node1 added" in "\n".join(first.lines)
            api.set(objects={"node2": kubeapi.hardware("52:54:00:77:00:02")})
            second = await versions.get()
            assert set(machines(second.loaded)) == {"file1", "node1", "node2"}
            (tmp_path / "hardware.yaml").write_text(manifest("file2", str(STRANGER)))
            third = await versions.get()
            assert set(machines(third.loaded)) == {"file2", "node1", "node2"}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with kubeapi.running(objects={"node1": kubeapi.hardware(str(MAC1))}) as api:
        asyncio.run(story(api))
