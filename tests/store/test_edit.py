import os
import subprocess
import sys
from stat import S_IMODE

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.errors import ConfigError, HostError, RefusedError
from pxectl.mac import MAC
from pxectl.store.edit import Edit, edit_machine, edited, remove_machine

A, B = "52:54:00:12:34:56", "52:54:00:12:34:57"
TEXT = f"""\
mac = "{A.upper()}" # on board
arch = "X86_64"

# for the installer
[vars]
disk = "/dev/sda"  # fast
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "node1.toml").write_text(TEXT)
    (tmp_path / "other.toml").write_text(
        'mac = "5254.0012.3499"\naddress = "10.77.0.9"\n'
        'uuid = "9e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11"\n'
    )
    return tmp_path


def test_what_is_said_changes_and_the_rest_stays(folder):
    done = edit_machine(
        folder,
        A,
        Edit(
            unset=("vars.disk", "serial"),
            values={"mac": [B], "tags": ["gpu"], "netboot": "never", "vars": {"rack": "3"}},
        ),
    )

    assert done.changed == ("mac", "vars.disk", "vars.rack", "tags", "netboot")
    assert done.machine.macs == (MAC.parse(A), MAC.parse(B))
    assert done.path.read_text() == (
        f'mac = ["{A.upper()}", "{B}"] # on board\narch = "X86_64"\ntags = ["gpu"]\n'
        'netboot = "never"\n\n# for the installer\n[vars]\nrack = "3"\n'
    )


@pytest.mark.parametrize(
    "edit",
    [
        Edit(),
        Edit(values={"mac": [A.replace(":", "-")], "arch": "x86_64", "netboot": "always"}),
        Edit(values={"dhcp": True, "vars": {"disk": "/dev/sda"}}, unset=("vars.other", "tags")),
        Edit(drop_macs=(MAC.parse(B),), drop_tags=("none",), name="node1"),
    ],
)
def test_what_is_so_already_leaves_every_byte(folder, edit):
    path = folder / "node1.toml"
    before = path.stat()
    assert edit_machine(folder, "node1", edit).changed == ()
    assert path.read_text() == TEXT
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize(
    ("edit", "kind", "told"),
    [
        (Edit(values={"mac": ["525400123499"]}), RefusedError, "other.toml"),
        (Edit(values={"address": "10.77.0.9"}), RefusedError, "10.77.0.9"),
        (Edit(values={"hostname": "OTHER"}), RefusedError, "the name other"),
        (Edit(values={"uuid": "9E1EE1B86A4B4D5CA8B85C1B7B7D8D11"}), RefusedError, "9e1ee1b8"),
        (Edit(name="Other"), RefusedError, "the name other"),
        (Edit(name="/"), ConfigError, "can not be a machine's name"),
        (Edit(drop_macs=(MAC.parse(A),)), ConfigError, "mac is empty"),
        (Edit(values={"arch": "x86_65"}), ConfigError, "no architecture"),
        (Edit(unset=("mac",)), ConfigError, "has a MAC"),
        (Edit(unset=("adress",)), ConfigError, "no key `adress`"),
        (Edit(unset=("quirks.stile",)), ConfigError, "no key `quirks.stile`"),
        (Edit(unset=("address.x",)), ConfigError, "no key `address.x`"),
    ],
)
def test_what_can_not_be_leaves_the_file_untouched(folder, edit, kind, told):
    with pytest.raises(kind) as error:
        edit_machine(folder, "node1", edit)
    assert told in error.value.message
    assert error.value.hint
    assert (folder / "node1.toml").read_text() == TEXT
    assert len(list(folder.iterdir())) == 2


def test_a_new_name_is_a_new_file_and_takes_its_text_along(folder):
    done = edit_machine(folder, "node1", Edit(name="Node1", values={"arch": "arm64"}))
    assert (done.path, done.changed) == (folder / "Node1.toml", ("name", "arch"))
    assert done.path.read_text() == TEXT.replace("X86_64", "arm64")
    assert not (folder / "node1.toml").exists()


def test_a_file_that_could_not_be_used_can_be_mended(folder):
    (folder / "bad.toml").write_text(f'mac = "{B}"\narch = "z80" # ?\n')
    edit_machine(folder, "bad", Edit(values={"arch": "arm64"}))
    assert (folder / "bad.toml").read_text() == f'mac = "{B}"\narch = "arm64" # ?\n'
    (folder / "bad.toml").write_text("mac = [")
    with pytest.raises(ConfigError, match="line 1"):
        edit_machine(folder, "bad", Edit(values={"arch": "arm64"}))


def test_mode_and_owner_are_kept(folder):
    path = folder / "node1.toml"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12346)
    before = path.stat()
    edit_machine(folder, "node1", Edit(values={"arch": "arm64"}))
    after = path.stat()
    assert S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_a_link_is_followed_and_stays_one(folder, tmp_path_factory):
    kept = tmp_path_factory.mktemp("dotfiles") / "n.toml"
    (folder / "node1.toml").rename(kept)
    (folder / "node1.toml").symlink_to(kept)
    done = edit_machine(folder, "node1", Edit(values={"arch": "arm64"}, name="n2"))
    assert done.path.is_symlink()
    assert 'arch = "arm64"' in kept.read_text()
    assert remove_machine(folder, "n2") == done.path
    assert kept.exists()


def test_a_read_only_file_is_left_alone_even_by_root(folder):
    (folder / "node1.toml").chmod(0o444)  # git-annex keeps files so
    with pytest.raises(HostError, match="read-only") as error:
        edit_machine(folder, "node1", Edit(values={"arch": "arm64"}))
    assert "git annex unlock" in error.value.hint
    assert (folder / "node1.toml").read_text() == TEXT


def test_a_machine_is_removed_by_name_or_mac_even_if_broken(folder):
    (folder / "bad.toml").write_text("mac = [")
    assert remove_machine(folder, "bad") == folder / "bad.toml"
    assert remove_machine(folder, A) == folder / "node1.toml"
    assert [path.name for path in folder.iterdir()] == ["other.toml"]
    with pytest.raises(RefusedError):
        remove_machine(folder, A)
    with pytest.raises(RefusedError):
        remove_machine(folder / "none", A)


def test_tags_compare_in_any_case_as_rules_do():
    raw = {"mac": A, "tags": ["GPU", "rack-3"]}
    assert edited(raw, Edit(values={"tags": ["gpu", "new"]}))["tags"] == ["GPU", "rack-3", "new"]
    assert edited(raw, Edit(drop_tags=("gpu",)))["tags"] == ["rack-3"]
    assert edited(raw, Edit(unset=("tags",), values={"tags": ["one"]}))["tags"] == ["one"]
    assert "tags" not in edited(raw, Edit(drop_tags=("gpu", "RACK-3")))


RACER = """
import sys
from pathlib import Path
from pxectl.errors import RefusedError
from pxectl.store.edit import Edit, edit_machine
try: edit_machine(Path(sys.argv[1]), sys.argv[2], Edit(values={"address": "10.77.0.50"}))
except RefusedError: sys.exit(1)
"""


def test_many_shells_that_claim_one_address_leave_it_to_one(folder):
    for number in range(6):
        (folder / f"n{number}.toml").write_text(f'mac = "52540012340{number}"\n')
    shells = [
        subprocess.Popen([sys.executable, "-c", RACER, str(folder), f"n{number}"])
        for number in range(6)
    ]
    assert sorted(shell.wait() for shell in shells) == [0] + [1] * 5


KEYS = {
    "address": st.sampled_from(("10.77.0.21", "10.77.0.22")),
    "hostname": st.sampled_from(("a", "a.lab")),
    "arch": st.sampled_from(("arm64", "x86_64")),
    "uuid": st.uuids().map(str),
    "serial": st.text("ab\"'#\\ é", min_size=1, max_size=5).filter(str.isprintable),
    "tags": st.lists(st.sampled_from(("a", "b", "#c")), max_size=3),
    "netboot": st.sampled_from(("always", "once", "never")),
    "profile": st.sampled_from(("debian", "[x]")),
    "dhcp": st.booleans(),
    "options": st.just({"router": ["10.77.0.1"]}),
    "quirks": st.sampled_from(({"style": "binl"}, {"blksize": 512}, {"deny": "fast"})),
    "vars": st.dictionaries(st.text("a. #", min_size=1, max_size=3), st.text(max_size=5)),
}  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries({}, optional=KEYS))
def test_any_key_can_be_set_and_comments_and_other_keys_stay(tmp_path_factory, values):
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / "node1.toml").write_text(TEXT)

    done = edit_machine(folder, "node1", Edit(values=values))

    text = done.path.read_text()
    assert f'mac = "{A.upper()}" # on board\n' in text
    assert "\n# for the installer\n[vars]\n" in text
    assert ("disk" in values.get("vars", {})) or 'disk = "/dev/sda"  # fast\n' in text
    assert edit_machine(folder, "node1", Edit(values=values)).changed == ()
    assert done.path.read_text() == text
