"""From a recipe, what a profile sets in it and who boots → what there is to load."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pxectl.boot.client import Client
from pxectl.boot.nbp import binary_arch
from pxectl.boot.profile import Profile
from pxectl.boot.template import literal, render
from pxectl.errors import PxectlError
from pxectl.wire.iana import Arch

_CPU = {Arch.X86_BIOS: "x64", Arch.X64_UEFI: "x64", Arch.ARM64_UEFI: "arm64"}


def settings_for(
    profile: Profile, client: Client, context: Mapping[str, Any], others: Mapping[str, str]
) -> Mapping[str, Any]:
    """The names that a recipe's texts see beside those that all templates see.

    Args:
        profile: one with a recipe; for any other there are none.
        client: who boots it.
        context: what all templates see.
        others: the site's templates.

    Raises:
        PxectlError: it is not for this client's architecture, or a setting does not render.
    """
    recipe = profile.recipe
    if recipe is None:
        return {}
    cpu = _CPU.get(binary_arch(client), "")
    if cpu not in recipe.words:
        can = " and ".join(recipe.words)
        raise PxectlError(
            f"profile `{profile.name}`: installer `{recipe.name}` has nothing for {client.label}",
            hint=f"it is for {can}; a rule that matches `arch` may choose another profile",
        )
    efi = client.arch is not None and client.arch.is_uefi
    known: dict[str, Any] = {"cpu": cpu, "efi": efi, **recipe.words[cpu]}
    for key, default in recipe.settings.items():
        value = profile.settings.get(key, default)
        known[key] = _filled(value, f"profile {profile.name}: {key}", context, known, others)
    return known


def installed(profile: Profile, context: Mapping[str, Any], others: Mapping[str, str]) -> Profile:
    """A profile without a recipe that loads the same.

    Args:
        profile: any; one without a recipe stays as it is.
        context: what templates see, with `settings_for` and, for a recipe with a script, `cmdline`.
        others: the site's templates.

    Raises:
        PxectlError: a text of it does not render.
    """
    recipe = profile.recipe
    if recipe is None:
        return profile

    def filled(key: str, *texts: str) -> tuple[str, ...]:
        """What comes out empty is left out."""
        what = f"installer {recipe.name}: {key}"
        seen = {**context, "urls": context["urls"].plain} if key == "cmdline" else context
        return tuple(t for text in texts if (t := render(what, text, seen, others).strip()))

    words = tuple(map(literal, filled("cmdline", *recipe.cmdline)))
    return replace(
        profile,
        recipe=None,
        kernel="".join(filled("kernel", profile.kernel or recipe.kernel)),
        initrd=filled("initrd", *(profile.initrd or recipe.initrd)),
        cmdline=(*words, *profile.cmdline),
        body="".join(filled("script", recipe.script)),
    )


def _filled(
    value: object,
    what: str,
    context: Mapping[str, Any],
    known: Mapping[str, Any],
    others: Mapping[str, str],
) -> object:
    if isinstance(value, str):
        return render(what, value, {**context, **known}, others)
    if isinstance(value, list | tuple):
        return [_filled(one, what, context, known, others) for one in value]
    return value
