import asyncio
import shutil
from pathlib import Path

import pytest
import watchfiles

from pxectl.store.enroll import add_machine
from pxectl.store.machines import machine_of
from pxectl.store.site import SiteReader
from pxectl.store.watch import Watch, _matters

PATIENCE = 10


def added(name):
    return f"machine {name} added: denied: {name} has no profile, no rule matches"


def machine(name: str, last: int = 1):
    return machine_of({"mac": f"5254000000{last:02x}"}, name, name)


def watching(site: Path, *steps):
    """Do each step, and collect what the watch says before the next one.

    Returns:
        for each step the lines of the first version that came after it, and its problems.
    """
    reader = SiteReader(site, environ={})

    async def run():
        said, versions = [], asyncio.Queue()
        watching = asyncio.ensure_future(Watch(reader, reader.read(), versions.put).run())
        for step in steps:
            await asyncio.sleep(0.1)  # a watch that is not yet there must not miss it either
            step()
            version = await asyncio.wait_for(versions.get(), PATIENCE)
            problems = [problem.message for problem in version.loaded.problems]
            said.append((version.lines, problems))
        watching.cancel()
        await asyncio.wait((watching,))
        return said

    return asyncio.run(run())


def test_a_machine_added_to_a_site_that_did_not_exist_is_noticed(tmp_path):
    site = tmp_path / "config" / "pxectl"
    said = watching(
        site,
        lambda: add_machine(site / "hardware", machine("node1")),
        lambda: add_machine(site / "hardware", machine("node2", 2)),
        lambda: (site / "hardware" / "node1.toml").unlink(),
    )
    assert said == [
        ((added("node1"),), []),
        ((added("node2"),), []),
        (("machine node1 removed",), []),
    ]


def test_an_editor_that_renames_is_noticed_and_a_mistake_takes_nothing_down(tmp_path):
    config = tmp_path / "pxectl.toml"
    config.write_text("[profile.a]\nkernel = 'a'\n")

    def save(text: str):
        (tmp_path / ".pxectl.toml.swp").write_text(text)
        (tmp_path / ".pxectl.toml.swp").rename(config)

    said = watching(
        tmp_path,
        lambda: save("[profile.a]\nkernel = 'b'\n"),
        lambda: save("[profile.a]\nkernle = 'b'\n"),
        lambda: save("[profile.a]\nkernel = 'b'\n"),
        lambda: save("[[rule]]\naction = 'deny'\n[profile.a]\nkernel = 'b'\n"),
    )
    assert said == [
        (("profile a changed",), []),
        ((), [f"{config}: profile.a.kernle: there is no such key"]),
        ((f"{config} can be used again",), []),
        (("rule list changed: 1 rule",), []),
    ]


def test_templates_in_new_folders_are_noticed(tmp_path):
    def write():
        (tmp_path / "templates" / "debian").mkdir(parents=True)
        (tmp_path / "templates" / "debian" / "preseed.cfg").write_text("a")

    def edit():
        (tmp_path / "templates" / "debian" / "preseed.cfg").write_text("b")

    said = watching(tmp_path, write, edit)
    assert said == [
        (("template debian/preseed.cfg added",), []),
        (("template debian/preseed.cfg changed",), []),
    ]


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("pxectl.toml", True),
        ("pxectl.toml~", False),
        (".pxectl.toml.swp", False),
        ("README", False),
        ("hardware/a.toml", True),
        ("hardware/.a.toml.1f.tmp", False),
        ("templates/a", True),
        ("files/linux", False),
        ("files/ipxe/ipxe.efi", True),
        ("files/undionly.kpxe", True),
        ("../other", False),
    ],
)
def test_only_what_the_site_is_made_of_counts(path, counts):
    assert (
        _matters(
            SiteReader(Path("/site")), Path("/site") / path if ".." not in path else Path("/other")
        )
        is counts
    )


def test_a_removed_folder_is_noticed_and_so_is_a_new_one(tmp_path):
    folder = tmp_path / "hardware"
    add_machine(folder, machine("node1"))
    said = watching(
        tmp_path,
        lambda: shutil.rmtree(folder),
        lambda: add_machine(folder, machine("node2", 2)),
    )
    assert said == [(("machine node1 removed",), []), ((added("node2"),), [])]


@pytest.mark.parametrize(
    "error",
    [
        OSError("OS file watch limit reached. about [...]"),
        RuntimeError("Error creating recommended watcher: Too many open files (os error 24)"),
    ],
)
def test_where_the_kernel_has_no_watches_left_it_polls(tmp_path, monkeypatch, error):
    real = watchfiles.awatch

    async def no_watches_left(*folders, force_polling, poll_delay_ms, **options):
        if not force_polling:
            raise error
        async for changed in real(*folders, force_polling=True, poll_delay_ms=50, **options):
            yield changed

    monkeypatch.setattr(watchfiles, "awatch", no_watches_left)
    path = add_machine(tmp_path / "hardware", machine("node1"))

    def edit():
        path.write_text("mac = '525400000001'\nprofile = 'a'\n")  # no name in the folder changes

    assert watching(tmp_path, edit) == [(("machine node1 changed",), [])]
