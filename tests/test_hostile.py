"""A real `pxectl serve` among clients that guess, lie and fetch what is not theirs, with templates
that never end: nothing leaks, and it stays up."""

import random
import socket
import time

import psutil
import pytest

from tests.serving import Serve

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
MINE, OTHERS = "52-54-00-77-00-01", "52-54-00-77-00-02"
GUESSES = 10_000
SITE = """
[serve]
claims = "any"
[profile.p]
script = "boot.ipxe"
[[rule]]
match = { known = true }
action = "boot"
profile = "p"
"""
TEMPLATES = {
    "boot.ipxe": "#!ipxe\nchain {{ urls.template('ks.cfg') }}\n",
    "ks.cfg": "rootpw {{ vars.secret | password_hash }} {{ vars.secret }}\n",
    "loops.cfg": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "eats.cfg": "{% set s = namespace(x='xx') %}"
    "{% for i in range(60) %}{% set s.x = s.x ~ s.x %}{% endfor %}{{ s.x }}",
    "grows.cfg": "{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}",
}


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    site = folder / "site"
    for name in ("templates", "hardware", "files"):
        (site / name).mkdir(parents=True)
    (site / "pxectl.toml").write_text(SITE)
    for mac in (MINE, OTHERS):
        (site / "hardware" / f"{mac}.toml").write_text(
            f'mac = ["{mac}"]\n[vars]\nsecret = "secret-of-{mac}"\n'
        )
    for name, text in TEMPLATES.items():
        (site / "templates" / name).write_text(text)
    serve = Serve(site, folder / "out")
    yield serve
    assert serve.stop() == 0


def test_ten_thousand_guessed_tokens_open_nothing(serve):
    chance = random.Random(1)
    before = len(serve.events())

    for number in range(GUESSES):
        mac = OTHERS if number % 2 else MINE
        guess = "".join(chance.choices(ALPHABET, k=16))
        status, body = serve.get(f"{mac}.{guess}/templates/ks.cfg")
        assert (status, "secret" in body) == (403, False)

    told = [e for e in serve.events()[before:] if e["event"] == "requested"]
    assert len(told) == GUESSES
    assert {(e["status"], e["reason"]) for e in told} == {
        (403, "the token in the path is expired or made up")
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.replace(MINE, OTHERS),
        lambda token: token[:-1],
        lambda token: token[:-4],
        lambda token: f"{token}a",
        lambda token: f"{token}.{token}",
        lambda token: f"{token}%00",
        lambda token: f"{OTHERS}.",
        lambda token: token.replace(".", "/"),
        lambda token: f"{token}/../{OTHERS}",
        lambda token: f"{token}/..%2f{OTHERS}",
    ],
)
def test_a_changed_token_opens_nothing_of_another_machine(serve, change):
    status, body = serve.get(f"{change(serve.token(MINE))}/templates/ks.cfg")

    assert status in (400, 403, 404)
    assert "secret" not in body


def test_a_machine_gets_its_own_kickstart_and_no_others(serve):
    status, body = serve.get(f"{serve.token(MINE)}/templates/ks.cfg?mac={OTHERS}")

    assert status == 200
    assert f"secret-of-{MINE}" in body
    assert OTHERS not in body


@pytest.mark.parametrize("path", ["templates/ks.cfg", "hardware/x", "state/secret", "pxectl.toml"])
def test_without_a_token_nobody_gets_a_kickstart(serve, path):
    assert serve.get(path)[0] == 403


def test_no_file_of_the_site_is_served(serve):
    token = serve.token(MINE)

    for path in ("pxectl.toml", f"hardware/{MINE}.toml", "state/secret", "files/../pxectl.toml"):
        status, body = serve.get(f"{token}/{path}")
        assert status in (403, 404)
        assert "secret" not in body


@pytest.mark.parametrize("name", ["loops.cfg", "eats.cfg", "grows.cfg"])
def test_a_template_that_costs_too_much_is_refused_and_others_are_served(serve, name):
    token = serve.token(MINE)
    process = psutil.Process(serve.process.pid)

    answers = [serve.get(f"{token}/templates/{name}") for _ in range(3)]
    began = time.monotonic()
    answers += [serve.get(f"{token}/templates/{name}") for _ in range(20)]
    quick = time.monotonic() - began

    assert {status for status, _ in answers} == {500}
    assert len({body for _, body in answers}) == 1
    assert answers[0][1].startswith(f"template {name}")
    assert quick < 1  # it had its three chances
    assert serve.get(f"{token}/templates/ks.cfg")[0] == 200
    assert process.memory_info().rss < 250 << 20
    last = [e for e in serve.events() if e.get("status") == 500][-1]
    assert "tried again when a file of the site changes" in last["hint"]


def test_tftp_refuses_them_alike(serve):
    token = serve.token(MINE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        for path in (f"{token}/templates/loops.cfg", f"{OTHERS}.aaaaaaaaaaaaaaaa/templates/ks.cfg"):
            sock.sendto(b"\0\1" + path.encode() + b"\0octet\0", ("127.0.0.1", serve.tftp_port))
            answer = sock.recv(2048)
            assert answer[:2] == b"\0\5"
            assert b"secret" not in answer
