import ssl
import subprocess
from base64 import b64encode

import pytest

from pxectl.errors import UpstreamError
from pxectl.store.mirror.shelf import Facts
from pxectl.store.mirror.upstream import BrokenError, Upstream, validator
from tests.upstream import Kept, upstream

BODY = b"kernel" * 1000


@pytest.fixture
def there(monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", "/nonexistent")
    with upstream() as files:
        yield files


def ask(url, known=None, start=0):
    connections = Upstream()
    try:
        with connections.ask(url, known, start) as answer:
            return answer.status, answer.start, b"".join(answer.chunks)
    finally:
        connections.close()


def test_what_is_asked_for_comes(there):
    there.files["linux"] = Kept(BODY)

    assert ask(there.url("linux")) == (200, 0, BODY)
    assert ask(there.url("linux"), Facts("u", etag='"1"')) == (304, 0, b"")
    assert ask(there.url("linux"), Facts("u", etag='"1"'), 10) == (206, 10, BODY[10:])
    assert ask(there.url("linux"), Facts("u", etag='"2"'), 10) == (200, 0, BODY)
    assert ask(there.url("linux"), Facts("u", etag='"1"'), len(BODY)) == (416, 0, b"")


def test_name_and_password_come_from_netrc(there, tmp_path, monkeypatch):
    secret = "Basic " + b64encode(b"ann:s3cret").decode()
    there.files["linux"] = Kept(BODY, auth=secret)
    with pytest.raises(UpstreamError, match="status 401") as caught:
        ask(there.url("linux"))
    assert "can stand in /nonexistent" in caught.value.hint
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert ask(there.url("linux")) == (200, 0, BODY)


@pytest.mark.parametrize("text", ["machine", "\0", "garbage in it"])
def test_a_netrc_that_can_not_be_read_is_told_where_it_is_missed(
    there, tmp_path, monkeypatch, text
):
    there.files |= {"linux": Kept(BODY), "secret": Kept(BODY, auth="x")}
    (tmp_path / "netrc").write_text(text)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert ask(there.url("linux")) == (200, 0, BODY)
    with pytest.raises(UpstreamError) as caught:
        ask(there.url("secret"))
    assert "netrc can not be used: " in caught.value.hint


def test_a_proxy_is_asked(there, monkeypatch):
    url = "http://no-such-host.invalid/linux"
    there.files[url] = Kept(BODY)
    monkeypatch.setenv("HTTP_PROXY", there.url("").rstrip("/"))

    assert ask(url) == (200, 0, BODY)


def test_a_private_ca_is_that_of_this_process(tmp_path, monkeypatch):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    argv += ["-subj", "/CN=lab", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*argv, "-keyout", key, "-out", cert], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    with upstream(tls=tls) as there:
        there.files["linux"] = Kept(BODY)
        with pytest.raises(BrokenError, match=r"can not be reached.*certificate"):
            ask(there.url("linux"))
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))

        assert ask(there.url("linux")) == (200, 0, BODY)


@pytest.mark.parametrize(
    "url", ["http://", "http://[", "ftp://x/y", "http://x:99999/", "https://\x7f/"]
)
def test_what_is_no_url_is_an_error_of_ours(url):
    with pytest.raises((UpstreamError, BrokenError)):
        ask(url)


@pytest.mark.parametrize(
    ("facts", "tag"),
    [
        (Facts("u"), ""),
        (Facts("u", etag='"a"', last_modified="Mon"), '"a"'),
        (Facts("u", etag='W/"a"', last_modified="Mon"), "Mon"),
        (Facts("u", etag='W/"a"'), ""),
    ],
)
def test_only_what_tells_octets_apart_is_a_validator(facts, tag):
    assert validator(facts) == tag
