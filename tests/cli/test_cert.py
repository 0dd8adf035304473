import json
import socket

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app

NAMES = ("--name", "10.77.0.1", "--name", "srv.lab")


def run(site, *argv):
    return CliRunner().invoke(app, ["cert", *argv, "--site", str(site)])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    assert run(site, "make", *NAMES).exit_code == 0
    return site


def test_what_was_made_is_shown_with_how_it_is_trusted(site):
    shown = run(site, "show").stdout

    assert "srv.lab 10.77.0.1" in shown
    assert "RSA 2048" in shown
    for file in ("ca.crt", "ca.der", "ca.esl"):
        assert str(site / "tls" / file) in shown
    assert "etc/edk2/https/cacerts" in shown


def test_json_has_the_same(site):
    shown = json.loads(run(site, "show", "--json").stdout)

    assert (shown["v"], shown["site"]) == (1, str(site))
    assert set(shown["certificate"]["names"]) == {"10.77.0.1", "srv.lab"}
    assert shown["certificate"]["sha256"] != shown["ca"]["sha256"]
    assert shown["certificate"]["begins"] < shown["certificate"]["ends"]


def test_made_again_it_is_told_that_the_ca_stayed(site):
    before = json.loads(run(site, "show", "--json").stdout)
    again = json.loads(run(site, "make", *NAMES, "--json").stdout)

    assert again["ca"] == before["ca"]
    assert again["certificate"]["sha256"] != before["certificate"]["sha256"]
    assert "by the CA that was there" in run(site, "make", *NAMES).stdout


def test_without_a_name_it_is_for_where_the_site_serves(tmp_path):
    (tmp_path / "pxectl.toml").write_text('[serve]\ninterfaces = ["lo"]\nadvertise = "10.9.9.9"\n')
    made = json.loads(run(tmp_path, "make", "--json").stdout)

    wanted = {"10.9.9.9", "127.0.0.1", *({socket.gethostname()} - {"localhost"})}
    assert set(made["certificate"]["names"]) == wanted


@pytest.mark.parametrize("name", ["", ".", "späm", "a\nb"])
def test_name_that_no_host_has_is_refused(name, tmp_path):
    result = run(tmp_path, "make", "--name", name)

    assert result.exit_code != 0
    assert not (tmp_path / "tls").exists()


def test_certificate_of_somebody_else_is_shown_without_our_ca(site, tmp_path):
    for name in ("server.crt", "server.key"):
        (tmp_path / name).write_bytes((site / "tls" / name).read_bytes())
    (tmp_path / "pxectl.toml").write_text(
        '[serve]\ntls_cert = "server.crt"\ntls_key = "server.key"\n'
    )

    assert json.loads(run(tmp_path, "show", "--json").stdout)["ca"] is None
    assert "not pxectl's" in run(tmp_path, "show").stdout


def test_without_a_certificate_the_hint_says_how_to_get_one(tmp_path):
    result = run(tmp_path, "show")

    assert result.exit_code == 1 or result.exception.exit_code == 2
    assert "cert make" in result.exception.hint
