"""A real `pxectl serve`, asked over HTTP and TFTP for what lies outside of `files/`: every spelling
of the way out that is known, and random ones. Nothing of it is served, and nobody waits."""

import os
import socket
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving import Serve

MAC = "52-54-00-77-00-01"
SECRET, OWN = b"TOP-SECRET", b"served-to-all"
SITE = f"""
# {SECRET.decode()}
[serve]
claims = "any"
[profile.p]
kernel = "linux"
[[rule]]
action = "boot"
profile = "p"
"""


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traversal")
    site, files = folder / "site", folder / "elsewhere/files"
    files.mkdir(parents=True)
    for name in ("hardware", "state", "templates"):
        (site / name).mkdir(parents=True)
    for place in (folder, folder / "elsewhere", site, site / "state", site / "templates"):
        (place / "secret.txt").write_bytes(SECRET)
    (folder / "elsewhere/files-other").mkdir()
    (folder / "elsewhere/files-other/secret.txt").write_bytes(SECRET)
    (site / "pxectl.toml").write_text(SITE)
    (site / "hardware/node.toml").write_text(f'mac = ["{MAC}"]\n[vars]\nx = "{SECRET.decode()}"\n')
    (site / "files").symlink_to(files)  # the folder itself may be a link
    furnish(files, folder)
    serve = Serve(site, folder / "out")
    yield serve
    assert serve.stop() == 0


def furnish(files, folder):
    (files / "sub").mkdir()
    for name in ("linux", "sub/linux", "sub/\ufb01le", "e\u0301"):
        (files / name).write_bytes(OWN)
    links = {
        "up": "..", "out": "../secret.txt", "far": str(folder / "secret.txt"),
        "site": str(folder / "site"), "root": "/", "sub/up": "../..", "sub/out": "../../secret.txt",
        "twice": "out", "zero": "/dev/zero", "mem": "/proc/self/environ", "circle": "circle",
        "inside": "sub/linux", "sibling": "../files-other",
    }  # fmt: skip
    for name, target in links.items():
        (files / name).symlink_to(target)
    os.mkfifo(files / "fifo")
    with socket.socket(socket.AF_UNIX) as sock, suppress(OSError):
        sock.bind(str(files / "sock"))
    if not os.geteuid():
        os.mknod(files / "device", 0o20666, os.makedev(1, 5))  # as /dev/zero


def by_http(serve, path):
    """Status and all that came, of a path as it stands on the wire."""
    with socket.create_connection(("127.0.0.1", serve.http_port), timeout=10) as sock:
        head = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with suppress(OSError):  # it may have been refused before all of it was sent
            sock.sendall(b"GET /" + path + head)
        answer = b""
        with suppress(ConnectionError):
            while part := sock.recv(65536):
                answer += part
    return int(answer[9:12] or 0), answer


def by_tftp(serve, path):
    """The same over TFTP: 200 for a first block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)
        sock.sendto(b"\0\1" + path + b"\0octet\0", ("127.0.0.1", serve.tftp_port))
        try:
            answer, peer = sock.recvfrom(70_000)
        except TimeoutError:
            return 0, b""
        sock.sendto(b"\0\5\0\0enough\0", peer)
    return 200 if answer[:2] == b"\0\3" else 403, answer


BOTH = pytest.mark.parametrize("ask", [by_http, by_tftp])

PLAIN = [
    b"../secret.txt", b"sub/../../secret.txt", b"sub/../../../secret.txt", b"./.././secret.txt",
    b"..//secret.txt", b"/../secret.txt", b"//../secret.txt", b"..\\secret.txt",
    b"sub\\..\\..\\secret.txt", b"..\\/secret.txt", b"\\\\..\\secret.txt", b"..",
    b"../files-other/secret.txt", b"linux/../../secret.txt", b"none/../../secret.txt",
    b"../" * 40 + b"etc/passwd", b"..\\" * 40 + b"etc\\passwd", b"/etc/passwd", b"//etc/passwd",
    b"C:\\Windows\\win.ini", b"file:///etc/passwd", b"....//secret.txt", b"...\\./secret.txt",
    b"..;/secret.txt", b".. /secret.txt", b"../secret.txt\xff", b"..\xff/secret.txt",
    b"..\x01/secret.txt", b"\xef\xbb\xbf../secret.txt", b"~/secret.txt", b"~root/.profile",
    b"../SECRET.TXT", b"UP/secret.txt", b"Up/../Secret.txt", b"sub/UP/SECRET.TXT",
    b"SITE/PXECTL.TOML",
]  # fmt: skip
LINKS = [
    b"up/secret.txt", b"out", b"far", b"site/pxectl.toml", b"site/hardware/node.toml",
    b"site/state/secret.txt", b"root/etc/passwd", b"sub/up/secret.txt", b"sub/out", b"twice",
    b"up/up/secret.txt", b"sibling/secret.txt", b"site/files/../pxectl.toml", b"OUT", b"FAR",
    b"up/files-other/secret.txt", b"zero", b"mem", b"device", b"fifo", b"sock", b"circle", b"sub",
    b"circle/x", b"root/proc/self/environ", b"root/dev/zero", b"FIFO", b"Device",
]  # fmt: skip
ENCODED = [
    b"%2e%2e/secret.txt", b"%2e%2e%2fsecret.txt", b"..%2fsecret.txt", b"..%5csecret.txt",
    b"%2e%2e%5csecret.txt", b"%252e%252e%252fsecret.txt", b"%252e%252e/secret.txt",
    b"%25252e%25252e%25252fsecret.txt", b"..%252fsecret.txt", b".%2e/secret.txt",
    b"%2e./secret.txt",
    b"%u002e%u002e/secret.txt", b"%%32%65%%32%65/secret.txt", b"%2E%2E/secret.txt",
    b"%2f..%2fsecret.txt",
    b"out%00", b"linux%00/../../secret.txt", b"..%00/secret.txt", b"%00../secret.txt", b"%2",
    b"..%0a/secret.txt", b"..%0d%0a/secret.txt", b"%", b"%zz/../../secret.txt",
    b"../secret.txt?x=/linux",
    b"../secret.txt#linux", b"..%3b/secret.txt", b"%2e%2e;x=y/secret.txt",
]  # fmt: skip
UTF_8 = [
    b"\xc0\xae\xc0\xae/secret.txt",  # overlong dots, then slashes, of two and three octets
    b"..\xc0\xafsecret.txt", b"\xe0\x80\xae\xe0\x80\xae/secret.txt", b"..\xe0\x80\xafsecret.txt",
    b"\xf0\x80\x80\xae\xf0\x80\x80\xae/secret.txt", b"..\xf0\x80\x80\xafsecret.txt",
    b"..\xc1\x9csecret.txt", b"\xff\xfe.\0.\0/\0", b"\xed\xa0\x80../secret.txt",
    b"\x80../secret.txt",
    "\uff0e\uff0e/secret.txt".encode(), "..\uff0fsecret.txt".encode(),
    "\uff0e\uff0e\uff0fsecret.txt".encode(), "..\u2215secret.txt".encode(),
    "..\u2044secret.txt".encode(), "..\u29f8secret.txt".encode(), "\u2025/secret.txt".encode(),
    "\u2024\u2024/secret.txt".encode(), "..\uff3csecret.txt".encode(),
    "..\u2216secret.txt".encode(),
    "..\u200d/secret.txt".encode(), ".\u200b./secret.txt".encode(), "..\u202e/secret.txt".encode(),
    "\u0589\u0589/secret.txt".encode(), "\u212aup/secret.txt".encode(), "ouT\u0307".encode(),
]  # fmt: skip
LONG = [
    b"a" * 300, b"a/" * 300, b"a" * 5000, b"../" * 2000 + b"etc/passwd", b"sub/../" * 900 + b"out",
    b"./" * 2500 + b"../secret.txt", b"/" * 5000 + b"etc/passwd",
    b"%2e%2e%2f" * 800 + b"etc/passwd",
]  # fmt: skip


def in_urls(path):
    """Octets that a request line can not hold, encoded once."""
    return b"".join(
        b"%%%02x" % octet if octet <= 32 or octet > 126 else b"%c" % octet for octet in path
    )


def nothing(serve, ask, path):
    status, answer = ask(serve, path)

    assert status != 200, answer[:300]
    assert SECRET not in answer
    assert b"root:" not in answer


@BOTH
@pytest.mark.parametrize(
    "path", [*PLAIN, *LINKS, *ENCODED, *UTF_8, *LONG], ids=lambda p: repr(p[:40])
)
def test_no_spelling_leads_out_of_the_files(serve, ask, path):
    token = serve.token(MAC).encode()
    for prefix in (
        token + b"/files/",
        token + b"/",
        b"files/",
        b"",
        b"01-" + MAC.encode() + b"/files/",
    ):
        nothing(serve, ask, prefix + path)
        if ask is by_http:
            nothing(serve, ask, prefix + in_urls(path))
            nothing(serve, ask, prefix + in_urls(in_urls(path)))


@BOTH
@pytest.mark.parametrize(
    "folder", ["templates", "named", "mirror", "esxi", "iso", "state", "hardware"]
)
def test_no_other_folder_is_a_door(serve, ask, folder):
    token = serve.token(MAC)
    for path in ("../secret.txt", "../../secret.txt", "x/../../secret.txt", "..\\secret.txt", "..",
                 "/etc/passwd", "%2e%2e/secret.txt", "../pxectl.toml", "node.toml"):  # fmt: skip
        nothing(serve, ask, f"{token}/{folder}/{path}".encode())


@BOTH
@pytest.mark.parametrize(
    "path", [b"linux", b"sub/linux", b"inside", b"SUB\\LINUX", b"//sub//./linux", b"Inside"]
)
def test_what_lies_inside_is_served_all_the_while(serve, ask, path):
    status, answer = ask(serve, serve.token(MAC).encode() + b"/files/" + path)

    assert (status, OWN in answer) == (200, True)


def test_a_name_in_utf_8_is_served_and_no_other_form_of_it(serve):
    token = serve.token(MAC)
    statuses = [
        by_http(serve, in_urls(f"{token}/files/{name}".encode()))[0]
        for name in ("sub/\ufb01le", "sub/file", "e\u0301", "\xe9")
    ]

    assert statuses == [200, 404, 200, 404]


PIECES = [
    b"..", b".", b"/", b"\\", b"//", b"%2e", b"%2f", b"%5c", b"%00", b"\0", b"%25", b"secret.txt",
    b"SECRET.TXT", b"up", b"UP", b"out", b"far", b"site", b"root", b"etc", b"passwd", b"sub",
    b"linux",
    b"files", b"templates", b"\xc0\xae", b"\xef\xbc\x8e", b"\xef\xbc\x8f", b"\xe2\x88\x95", b" ",
    b"\xff",
    b"pxectl.toml", b"zero", b"fifo", b"circle", b"elsewhere", b"files-other",
]  # fmt: skip
PATHS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=12).map(b"".join)


@BOTH
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=PATHS, is_encoded=st.booleans())
def test_no_path_at_all_leads_out(serve, ask, path, is_encoded):
    token = serve.token(MAC).encode()
    if ask is by_tftp:
        path = path.replace(b"\0", b"")
    elif is_encoded or b"\r" in path or b"\n" in path:
        path = in_urls(path)
    _, answer = ask(serve, token + b"/files/" + path)

    assert SECRET not in answer
    assert b"root:" not in answer
    assert len(answer) < 5000
