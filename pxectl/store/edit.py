"""Changing and removing machines' files, beside other processes that do the same."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError, HostError
from pxectl.mac import MAC
from pxectl.store.enroll import locked, refuse_taken
from pxectl.store.find import find_file
from pxectl.store.machines import KEYS, SUFFIX, machine_of, safe_name
from pxectl.store.newfile import ReadOnlyError, replace_file
from pxectl.store.quirks import KEYS as QUIRKS
from pxectl.store.toml import parse_toml, read_content
from pxectl.store.values import near

_TABLES = ("options", "quirks", "vars")


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be different in a machine's file. First keys go, then others come."""

    unset: tuple[str, ...] = ()
    """Keys that go: `address`, `vars.disk`; those that are not there are gone already."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Keys as the file holds them. `mac` and `tags` come to those that are there, tables are
    merged."""
    drop_macs: tuple[MAC, ...] = ()
    drop_tags: tuple[str, ...] = ()
    """In any case, as rules compare them."""
    name: str = ""
    """What it is called from now on; empty: as before."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of it."""

    machine: Machine
    path: Path
    changed: tuple[str, ...]
    """The keys that are different, such as `vars.disk`, and `name`; empty: it was so before."""


def edit_machine(folder: Path, who: str, edit: Edit) -> Edited:
    """Change the file of one machine; whatever is not changed stays as a person wrote it.

    Args:
        folder: `hardware/` of the site.
        who: name or MAC.
        edit: what is to be different.

    Raises:
        RefusedError: there is no such machine, or another one claims what it is to have.
        ConfigError: a key or value that can not be, or the file is not TOML.
        HostError: the file can not be written, or not without harm to what a person wrote.
    """
    for key in edit.unset:
        _check_key(key)
    with _writing(folder):
        path = find_file(folder, who)
        content = read_content(path)
        raw = parse_toml(content, path)
        name = safe_name(edit.name) if edit.name else path.name.removesuffix(SUFFIX)
        wanted = _respelled(raw, edited(raw, edit), path)
        machine = machine_of(wanted, name, str(path))
        refuse_taken(folder, machine, own=path.name)
        new = _rewritten(content, wanted, path)
        changed = _changed(raw, wanted)
        if new != content:
            replace_file(path, new)
        if name != path.name.removesuffix(SUFFIX):
            path = _renamed(path, name)
            changed = ("name", *changed)
    return Edited(machine, path, changed)


def remove_machine(folder: Path, who: str) -> Path:
    """Remove the file of one machine, even one that can not be used.

    Returns:
        The file that is gone.

    Raises:
        RefusedError: there is no such machine.
        HostError: the folder can not be written.
    """
    with _writing(folder):
        path = find_file(folder, who)
        path.unlink()
    return path


def edited(raw: Mapping[str, Any], edit: Edit) -> dict[str, Any]:
    """What a file says after the edit."""
    new = {key: dict(value) if isinstance(value, dict) else value for key, value in raw.items()}
    for key in edit.unset:
        table, _, below = key.partition(".")
        if not below:
            new.pop(key, None)
        elif isinstance(new.get(table), dict):
            new[table].pop(below, None)
    for key, value in edit.values.items():
        if key in _TABLES and isinstance(new.get(key, {}), dict):
            new[key] = {**new.get(key, {}), **value}
        elif key in ("mac", "tags"):
            there = _as_list(new.get(key, []))
            known = {_spelling(item) for item in there}
            new[key] = [*there, *(item for item in value if _spelling(item) not in known)]
        else:
            new[key] = value
    for key, dropped in (("mac", map(str, edit.drop_macs)), ("tags", edit.drop_tags)):
        if gone := {_spelling(item) for item in dropped}:
            left = [item for item in _as_list(new.get(key, [])) if _spelling(item) not in gone]
            if left or key in new:
                new[key] = left
    if new.get("tags") == [] and raw.get("tags") != []:
        del new["tags"]
    return new


def _as_list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _spelling(item: object) -> object:
    """What two spellings of one MAC or tag have in common."""
    if not isinstance(item, str):
        return item
    try:
        return MAC.parse(item)
    except ValueError:
        return item.lower()


def _check_key(key: str) -> None:
    table, _, below = key.partition(".")
    if key == "mac":
        raise ConfigError("--unset: a machine has a MAC", hint="`--unmac MAC` takes one away")
    if table in _TABLES and below:
        word, known = (below, QUIRKS) if table == "quirks" else (table, KEYS)
    else:
        word, known = key, KEYS
    if word not in known:
        raise ConfigError(f"--unset: there is no key `{key}`", hint=near(word, known))


def _respelled(raw: dict[str, Any], wanted: dict[str, Any], path: Path) -> dict[str, Any]:
    """What means the same as before is spelled as before, and no default is written down."""
    name = path.name.removesuffix(SUFFIX)
    after = machine_of(wanted, name, str(path))
    try:
        before = machine_of(raw, name, str(path))
    except ConfigError:  # it is being mended
        return wanted
    result = {}
    for key, value in wanted.items():
        field_ = "macs" if key == "mac" else key
        if getattr(before, field_) != getattr(after, field_):
            result[key] = value
        elif key in raw:
            result[key] = raw[key]
    return result


def _rewritten(content: bytes, wanted: Mapping[str, Any], path: Path) -> bytes:
    from pxectl.store.rewrite import UneditableError, rewrite

    try:
        return rewrite(content.decode(), wanted).encode()
    except UneditableError:
        raise HostError(
            f"{path}: can not be changed without harm to how it is written", hint="edit it by hand"
        ) from None


def _changed(raw: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    from pxectl.store.rewrite import differences

    return tuple(".".join(path) for path, _ in differences(raw, wanted))


def _renamed(path: Path, name: str) -> Path:
    new = path.with_name(f"{name}{SUFFIX}")
    # a file that is there claims its name and was refused, unless it is this one in another case
    path.rename(new)
    return new


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Alone in the folder; what the system refuses is told."""
    try:
        with ExitStack() as stack:
            with suppress(FileNotFoundError):  # nobody adds to a folder that does not exist
                stack.enter_context(locked(folder))
            yield
    except ReadOnlyError as error:
        raise HostError(
            f"{error.filename} is read-only", hint="`chmod u+w` or `git annex unlock` it first"
        ) from None
    except OSError as error:
        raise HostError(
            f"{error.filename or folder}: can not be changed: {error.strerror}",
            hint="run it as the directory's owner",
        ) from None
