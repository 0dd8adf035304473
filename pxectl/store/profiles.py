"""`[profile.NAME]` → `Profile`."""

from collections.abc import Mapping
from typing import Any

from pxectl.boot.profile import Profile
from pxectl.errors import ConfigError
from pxectl.store.checks import CHECK_KEYS, read_checks
from pxectl.store.quirks import read_path
from pxectl.store.recipes import find_recipe
from pxectl.store.values import near, read_table, read_text, read_texts
from pxectl.wire.iana import Arch

KINDS = ("kernel", "script", "chain", "nbp", "iso", "rpi")
_LOADED = ["kernel", "nbp"]
"""The only two that go together: the loader for firmware, and what it loads."""
_OF_PI = ("config_txt", "cmdline_txt")
KEYS = (*KINDS, "initrd", "cmdline", *_OF_PI, *CHECK_KEYS)


def read_profiles(value: object, where: str) -> Mapping[str, Profile]:
    """The profiles by name.

    Args:
        value: the table of tables as TOML gave it.
        where: file and key, as errors name it.

    Raises:
        ConfigError: a key or value that can not be, or not exactly one of the kinds, of which
            `kernel` and `nbp` go together.
    """
    return {
        name: _profile(read_text(name, where), raw, f"{where}.{name}")
        for name, raw in read_table(value, where).items()
    }


def _profile(name: str, raw: object, where: str) -> Profile:
    table = read_table(raw, where)
    if "installer" in table:
        return _installer(name, table, where)
    read_table(raw, where, (*KEYS, "installer"))
    kinds = [key for key in KINDS if key in table]
    if len(kinds) != 1 and kinds != _LOADED:
        has = " and ".join(kinds) if kinds else "none of them"
        raise ConfigError(
            f"{where} has {has}",
            hint=f"a profile has exactly one of {', '.join((*KINDS, 'installer'))}; "
            "`nbp` may stand beside a kernel that it loads",
        )
    for key, others in (("initrd", {"kernel"}), ("cmdline", {"kernel", "iso", "rpi"})):
        if key in table and not others & set(kinds):
            raise ConfigError(f"{where}.{key} stands without a kernel", hint="add `kernel =`")
    for key in _OF_PI:
        if key in table and "rpi" not in kinds:
            raise ConfigError(
                f"{where}.{key} is for Raspberry Pis", hint='add `rpi = "FOLDER"`, below files/'
            )
    initrds = read_texts(table["initrd"], f"{where}.initrd") if "initrd" in table else ()
    return Profile(
        name,
        kernel=read_file(table["kernel"], f"{where}.kernel") if "kernel" in table else "",
        initrd=tuple(read_file(text, f"{where}.initrd") for text in initrds),
        cmdline=read_texts(table["cmdline"], f"{where}.cmdline") if "cmdline" in table else (),
        script=read_path(table["script"], f"{where}.script") if "script" in table else "",
        iso=read_file(table["iso"], f"{where}.iso") if "iso" in table else "",
        chain=_chain(table["chain"], f"{where}.chain") if "chain" in table else "",
        nbp=_nbps(table["nbp"], f"{where}.nbp") if "nbp" in table else {},
        checks=read_checks(table, where),
        rpi=read_path(table["rpi"], f"{where}.rpi").rstrip("/") if "rpi" in table else "",
        config_txt=_template(table, "config_txt", where),
        cmdline_txt=_template(table, "cmdline_txt", where),
    )


def _template(table: Mapping[str, Any], key: str, where: str) -> str:
    return read_path(table[key], f"{where}.{key}") if key in table else ""


def _installer(name: str, table: Mapping[str, Any], where: str) -> Profile:
    """One with a recipe: its settings, and `kernel`, `initrd` and `cmdline` over the recipe's."""
    recipe = find_recipe(read_text(table["installer"], f"{where}.installer"), f"{where}.installer")
    boots = ("kernel", "initrd", "nbp") if recipe.kernel else ()
    own = {"installer", "cmdline", *CHECK_KEYS, *boots}
    read_table(table, where, (*own, *recipe.settings))
    given = {key: value for key, value in table.items() if key not in own}
    if recipe.needs and not any(given.get(key) for key in recipe.needs):
        raise ConfigError(
            f"{where}: installer `{recipe.name}` needs {' or '.join(recipe.needs)}",
            hint=f'write `{recipe.needs[0]} = "…"`',
        )
    return Profile(
        name,
        kernel=read_text(table["kernel"], f"{where}.kernel") if "kernel" in table else "",
        initrd=read_texts(table["initrd"], f"{where}.initrd") if "initrd" in table else (),
        cmdline=read_texts(table["cmdline"], f"{where}.cmdline") if "cmdline" in table else (),
        checks=read_checks(table, where),
        nbp=_nbps(table["nbp"], f"{where}.nbp") if "nbp" in table else {},
        recipe=recipe,
        settings={key: _setting(value, f"{where}.{key}") for key, value in given.items()},
    )


def _setting(value: object, where: str) -> object:
    """A text, several lines of it too, a number, true or false, or a list of those."""
    if isinstance(value, list):
        return [_setting(one, f"{where}[{n}]") for n, one in enumerate(value)]
    if isinstance(value, float):  # 1.10 would come out as 1.1
        raise ConfigError(f"{where} is no text", hint=f'write it in quotes: `"{value}"`')
    if not isinstance(value, str | int):
        raise ConfigError(
            f"{where} is neither a text nor a list of texts", hint='write it as `"…"`'
        )
    return value


def is_url(text: str) -> bool:
    """True for `https://…` and its like, false for a file."""
    return "://" in text


def read_file(value: object, where: str) -> str:
    """A path below files/, or a URL."""
    text = read_text(value, where)
    return text if is_url(text) else read_path(text, where)


def _chain(value: object, where: str) -> str:
    text = read_text(value, where)
    if not is_url(text) and "{{" not in text:
        raise ConfigError(f"{where}: `{text}` is not a URL", hint='write `"https://…"`')
    return text


def _nbps(value: object, where: str) -> Mapping[Arch, str]:
    table: Mapping[str, Any] = read_table(value, where)
    if not table:
        raise ConfigError(f"{where} is empty", hint='write `{ x64-uefi = "uki.efi" }`')
    nbps = {}
    for label, file in table.items():
        try:
            arch = Arch.parse(label)
        except ValueError:
            raise ConfigError(
                f"{where}.{label}: there is no such architecture",
                hint=near(label, (arch.label for arch in Arch)),
            ) from None
        nbps[arch] = read_file(file, f"{where}.{label}")
    return nbps
