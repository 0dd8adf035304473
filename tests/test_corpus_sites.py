"""Bad input is two lines, what and where, and what to do; exit code 2; never a traceback."""

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pxectl.boot.conditions import MATCH_KEYS, parse_match
from pxectl.cli.main import app
from pxectl.errors import ConfigError, PxectlError
from pxectl.store import machines, mirroring, profiles, quirks, rules, subnets
from pxectl.store import settings as settings_
from pxectl.store.settings import SERVE_KEYS
from pxectl.store.sources.settings import read_sources
from pxectl.store.values import read_options
from pxectl.ui.errors import print_error
from tests.corpus_sites import (
    DUPLICATES,
    FITS,
    MAC,
    TEMPLATES,
    corpus,
    with_template,
    write_good,
    wrong_types,
)

CORPUS = corpus()
NO_FLAGS = settings_.Overrides()
WRONG_TYPES = wrong_types()


@pytest.fixture
def site(tmp_path):
    write_good(tmp_path)
    return tmp_path


def lines(capsys, site, *argv):
    """What stderr holds at the end of a command that must fail."""
    result = CliRunner().invoke(app, [*argv, "--site", str(site)])
    error = result.exception
    if not isinstance(error, PxectlError):
        pytest.fail(f"{argv}: {error!r} {result.output}")
    capsys.readouterr()
    print_error(error)
    said = capsys.readouterr().err.splitlines()
    assert error.exit_code == 2
    assert len(said) == 2, said
    assert said[0].startswith("error: ")
    assert said[1].startswith("hint: ")
    assert len(said[1]) > len("hint: ")
    return said


@pytest.mark.parametrize("argv", [("rules", "test", MAC), ("rules", "list")], ids=" ".join)
def test_the_good_site_is_good(site, argv):
    result = CliRunner().invoke(app, [*argv, "--site", str(site)])

    assert not isinstance(result.exception, PxectlError), result.exception


@pytest.mark.parametrize("bad", CORPUS, ids=lambda bad: bad.name)
def test_a_malformed_site_is_two_lines_that_name_file_and_key(site, capsys, bad):
    bad.put(site)

    for argv in (("rules", "test", MAC), ("rules", "list")):
        check(bad, site, lines(capsys, site, *argv)[0])


@pytest.mark.parametrize("place", sorted({bad.name.rpartition(" ")[0] for bad in WRONG_TYPES}))
def test_a_value_of_a_wrong_shape_is_two_lines_that_name_file_and_key(site, capsys, place):
    argv = ("rules", "test", MAC) if place.startswith("machine") else ("rules", "list")
    for bad in WRONG_TYPES:
        if bad.name.rpartition(" ")[0] == place:
            bad.put(site)
            check(bad, site, lines(capsys, site, *argv)[0])


def check(bad, site, first):
    """The first line names the file and what `bad` is about."""
    assert str(site / bad.file) in first, bad.name
    assert [word for word in bad.says if word not in first] == [], bad.name


@pytest.mark.parametrize(("name", "text", "says"), TEMPLATES, ids=[row[0] for row in TEMPLATES])
def test_a_template_that_fails_is_two_lines_for_the_machine_that_gets_it(
    site, capsys, name, text, says
):
    with_template(site, text)

    first, _ = lines(capsys, site, "rules", "test", MAC, "--client", "ipxe")

    assert [word for word in says if word not in first] == []
    assert CliRunner().invoke(app, ["rules", "list", "--site", str(site)]).exit_code == 0


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("serve", SERVE_KEYS),
        ("subnet", subnets.KEYS),
        ("profile.x", profiles.KEYS),
        ("mirror", mirroring.MIRROR_KEYS),
        ("rule", rules.KEYS),
        ("rule.match", [*(key for key in MATCH_KEYS if key != "vars.KEY"), "vars", "vars.disk"]),
        ("rule.quirks", quirks.KEYS),
        ("machine", machines.KEYS),
        ("machine.quirks", quirks.KEYS),
    ],
)
def test_the_corpus_has_every_key(section, keys):
    assert set(FITS[section]) == set(keys)


_SCALARS = (
    st.none().map(lambda _: datetime.date(2026, 1, 1))
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["debian", "10.77.0.0/24", "52:54:00:*", "22:00-06:00", "x64-uefi", "http"])
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted({key for keys in FITS.values() for key in keys}))
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


def tables(section):
    """Tables with the keys of a section and anything in them."""
    return st.dictionaries(st.sampled_from(sorted(FITS[section])), _TREES, max_size=3)


READERS = {
    "machine": lambda raw: machines.machine_of({"mac": MAC} | raw, "node1", "f"),
    "serve": lambda raw: settings_.read_settings(raw, "f: serve", {}, NO_FLAGS),
    "rule": lambda raw: rules.read_rules([{"action": "deny"} | raw], "f", {}),
    "rule.match": lambda raw: parse_match(raw, "f: match"),
    "rule.quirks": lambda raw: quirks.read_quirks(raw, "f: quirks"),
    "machine.options": lambda raw: read_options(raw, "f: options"),
    "profile.x": lambda raw: profiles.read_profiles({"x": raw}, "f: profile"),
    "subnet": lambda raw: subnets.read_subnets([{"network": "10.77.0.0/24"} | raw], "f: subnet"),
    "source": lambda raw: read_sources([{"type": "http"} | raw], "f: source", Path("/nowhere")),
}


@pytest.mark.parametrize("section", READERS)
@given(st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_toml_can_hold_is_read_or_refused_in_words_of_ours(section, data):
    try:
        READERS[section](data.draw(tables(section)))
    except ConfigError as error:
        if not (error.message and error.hint):
            raise


# ---- real processes

PXECTL = Path(sys.executable).with_name("pxectl")
AS_PROCESSES = [
    "no value in pxectl.toml", "latin-1 in hardware/node1.toml", "directory for pxectl.toml",
    "deep in pxectl.toml", "section rule", f"duplicate {DUPLICATES[0][0]}",
]  # fmt: skip


_MIGHTY = "-dac_override,-dac_read_search"
MORTAL = ("setpriv", "--bounding-set", _MIGHTY, "--inh-caps", _MIGHTY) if os.geteuid() == 0 else ()
"""What takes from root the right to read everything."""


def process(site, *argv, before=()):
    done = subprocess.run(
        [*before, PXECTL, *argv, "--site", site], capture_output=True, text=True, timeout=30
    )
    return done.returncode, done.stdout, done.stderr.splitlines()


@pytest.mark.parametrize("name", AS_PROCESSES)
def test_a_real_process_says_two_lines_and_ends_with_2(site, name):
    [bad] = [bad for bad in CORPUS if bad.name == name]
    bad.put(site)

    code, out, err = process(site, "rules", "list")

    assert (code, out, len(err)) == (2, "", 2)
    assert err[0].startswith("error: ")
    assert err[1].startswith("hint: ")


@pytest.mark.parametrize(
    "closed", ["pxectl.toml", "hardware/node1.toml", "hardware", "templates/good.ipxe"]
)
def test_what_may_not_be_read_is_two_lines(site, closed):
    (site / closed).chmod(0)
    try:
        code, _, err = process(site, "rules", "list", before=MORTAL)
    finally:
        (site / closed).chmod(0o700)

    assert (code, len(err)) == (2, 2), err
    assert err[0] == f"error: {site / closed}: can not be read: Permission denied"
    assert err[1] == "hint: check its owner and mode"
