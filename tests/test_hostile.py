"""A real `pxectl serve` among clients that guess, lie and fetch what is not theirs, with templates
that never end: nothing leaks, and it stays up."""

import http.client
import json
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.net.test_sockets import free_port

PXECTL = Path(sys.executable).with_name("pxectl")
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


class Serve:
    """The process, its log, and a connection to it."""

    def __init__(self, folder: Path):
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
        self.http_port, self.tftp_port = (
            free_port(kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        )
        argv = [PXECTL, "serve", "--site", site, "--interface", "lo", "--dhcp", "off"]
        argv += ["--http-port", str(self.http_port), "--log", "json"]
        self.out = folder / "out"
        with self.out.open("w") as out:
            environ = {"PATH": "/usr/bin:/bin", "PXECTL_TFTP_PORT": str(self.tftp_port)}
            self.process = subprocess.Popen(argv, stdout=out, stderr=out, env=environ)
        until = time.monotonic() + 20
        while '"ready"' not in self.out.read_text():
            assert self.process.poll() is None, self.out.read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)

    def get(self, path: str) -> tuple[int, str]:
        self.connection.request("GET", f"/{path}")
        response = self.connection.getresponse()
        return response.status, response.read().decode()

    def token(self, mac: str) -> str:
        """As the machine itself gets it."""
        status, script = self.get(f"ipxe?mac={mac}")
        assert status == 200
        return script.split(f"{self.http_port}/")[1].partition("/")[0]

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.read_text().splitlines()]


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    serve = Serve(tmp_path_factory.mktemp("hostile"))
    yield serve
    serve.connection.close()
    serve.process.terminate()
    assert serve.process.wait(10) == 0


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
