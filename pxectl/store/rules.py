"""`[[rule]]` → `Rule`."""

from collections.abc import Mapping

from pxectl.boot.conditions import parse_match
from pxectl.boot.machine import NOTHING
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import NO_QUIRKS
from pxectl.boot.rules import Action, Rule
from pxectl.errors import ConfigError
from pxectl.store.quirks import read_quirks
from pxectl.store.values import near, read_choice, read_options, read_table, read_text, read_texts

KEYS = ("name", "match", "action", "profile", "quirks", "options", "cmdline")


def read_rules(value: object, file: str, profiles: Mapping[str, Profile]) -> tuple[Rule, ...]:
    """The rules in their order.

    Args:
        value: the array of tables as TOML gave it.
        file: its name, for errors.
        profiles: what rules may name.

    Raises:
        ConfigError: a key or value that can not be, or a profile that is not there.
    """
    if not isinstance(value, list):
        raise ConfigError(f"{file}: rule is not a list of tables", hint="write `[[rule]]`")
    return tuple(_rule(raw, number, file, profiles) for number, raw in enumerate(value, 1))


def _rule(raw: object, number: int, file: str, profiles: Mapping[str, Profile]) -> Rule:
    where = f"{file}: rule {number}"
    table = read_table(raw, where)
    name = read_text(table["name"], f"{where}.name") if "name" in table else f"rule {number}"
    if "name" in table:
        where = f'{file}: rule "{name}"'
    read_table(raw, where, KEYS)
    if "action" not in table:
        known = ", ".join(action.value for action in Action)
        raise ConfigError(f"{where} has no action", hint=f"write `action =` one of {known}")
    action = read_choice(table["action"], f"{where}.action", Action)
    return Rule(
        name,
        parse_match(table.get("match", {}), f"{where}: match"),
        action,
        _profile(table["profile"], where, action, profiles) if "profile" in table else "",
        read_quirks(table["quirks"], f"{where}.quirks") if "quirks" in table else NO_QUIRKS,
        read_options(table["options"], f"{where}.options") if "options" in table else NOTHING,
        cmdline=_cmdline(table["cmdline"], where, action) if "cmdline" in table else (),
    )


def _cmdline(value: object, where: str, action: Action) -> tuple[str, ...]:
    if action is not Action.BOOT:
        raise ConfigError(
            f"{where}.cmdline: action is {action.value}, which boots no kernel",
            hint='write `action = "boot"`, or leave it out',
        )
    return read_texts(value, f"{where}.cmdline")


def _profile(value: object, where: str, action: Action, profiles: Mapping[str, Profile]) -> str:
    name = read_text(value, f"{where}.profile")
    if action is not Action.BOOT:
        raise ConfigError(
            f"{where}.profile: action is {action.value}, which boots none",
            hint='write `action = "boot"`, or leave the profile out',
        )
    if name not in profiles:
        raise ConfigError(
            f"{where}.profile: there is no profile `{name}`",
            hint=near(name, profiles) if profiles else f"add `[profile.{name}]`",
        )
    return name
