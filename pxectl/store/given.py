"""What a person typed for one value (`--option router=10.77.0.1`) → the value as TOML holds it."""

from collections.abc import Iterable, Mapping

from pxectl.errors import ConfigError
from pxectl.store.quirks import read_quirks
from pxectl.store.values import read_options
from pxectl.wire.registry import Kind, meaning_of

_LISTS = frozenset((Kind.ADDRESSES, Kind.U8S, Kind.U16S, Kind.DOMAINS, Kind.ROUTES))
_NUMBERS = frozenset((Kind.U8, Kind.U16, Kind.U32, Kind.I32, Kind.U8S, Kind.U16S))
_WORDS = {"true": True, "false": False}


def given_vars(pairs: Iterable[str]) -> Mapping[str, str | bool]:
    """`disk=/dev/sda` and its like. `true` and `false` are no texts: templates test for them.

    Raises:
        ConfigError: no `=`, or one key twice.
    """
    return {
        key: _WORDS.get(text, text)
        for key, [text] in _grouped(pairs, "--var", "disk=/dev/sda", repeats=False).items()
    }


def given_options(pairs: Iterable[str]) -> Mapping[str, object]:
    """DHCP options by IANA name; a list is written with commas or by repeating the option.

    Raises:
        ConfigError: no `=`, no such option, or a value that it can not have.
    """
    options = {}
    for name, texts in _grouped(pairs, "--option", "router=10.77.0.1", repeats=True).items():
        try:
            kind = meaning_of(name).kind
        except ValueError as error:
            raise ConfigError(
                f"--option: {error}", hint="options have IANA's names, or `option-NNN`"
            ) from None
        options[name] = _option(kind, name, texts)
    return read_options(options, "--option")


def given_quirks(pairs: Iterable[str]) -> Mapping[str, object]:
    """Quirks by name, such as `style=binl` or `reply_delay=0.5`.

    Raises:
        ConfigError: no `=`, no such quirk, or a value that it can not have.
    """
    quirks: dict[str, object] = {}
    for key, [text] in _grouped(pairs, "--quirk", "style=binl", repeats=False).items():
        number = text.isascii() and text.replace(".", "", 1).isdigit()
        if not number:
            quirks[key] = text
        else:
            quirks[key] = float(text) if "." in text else int(text)
    read_quirks(quirks, "--quirk")
    return quirks


def _option(kind: Kind, name: str, texts: list[str]) -> object:
    if kind in _LISTS:
        items = [item.strip() for text in texts for item in text.split(",")]
        return [_scalar(kind, item) for item in items]
    if len(texts) > 1:
        raise ConfigError(
            f"--option: {name} stands twice", hint=f"it holds one value: {kind.value}"
        )
    return _scalar(kind, texts[0])


def _scalar(kind: Kind, text: str) -> str | int | bool:
    if kind is Kind.BOOL:
        return _WORDS.get(text.lower(), text)
    if kind in _NUMBERS and text.removeprefix("-").isdigit() and text.isascii():
        return int(text)
    return text


def _grouped(
    pairs: Iterable[str], flag: str, example: str, *, repeats: bool
) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        key = key.strip()
        if not sign or not key:
            raise ConfigError(f"{flag}: `{pair}` is no KEY=VALUE", hint=f"write `{flag} {example}`")
        if key in grouped and not repeats:
            raise ConfigError(f"{flag}: {key} stands twice", hint="say it once")
        grouped.setdefault(key, []).append(value)
    return grouped
