import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.check import UNCHECKED, Check
from pxectl.errors import UpstreamError
from pxectl.store.mirror.verifying import expected_sum, listed_sum, signature_of, verify

ONE, TWO = "1" * 64, "2" * 64
LIST = "https://x/d/SHA256SUMS"
LINUX = "https://x/d/netboot/linux"


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}  netboot/linux\n",
        f"{ONE} *netboot/linux\n",
        f"{ONE.upper()}  ./netboot/linux\r\n",
        f"SHA256 (netboot/linux) = {ONE}\n",
        f"# sums\n\n{TWO}  other/linux\n{ONE}  netboot/linux\n",
        f"{TWO}  gtk/netboot/linux\n{ONE}  netboot/linux\n",
        f"{ONE}  linux\n",
        f"{TWO}  linux\n{ONE}  netboot/linux\n",
        f"{ONE}  linux\n{ONE}  linux\n",
        f"{ONE}  /d/netboot/linux\n",
    ],
)
def test_a_file_is_found_in_a_list(text):
    assert listed_sum(LINUX, LIST, text) == ONE
    assert listed_sum(LINUX, "d/SUMS", text) == ONE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not name it"),
        (f"{ONE}  initrd.gz\n", "does not name it"),
        (f"{ONE}  inux\n", "does not name it"),
        (f"{ONE[:-1]}  linux\n", "does not name it"),
        (f"{ONE}  linux\n{TWO}  linux\n", "has several sums for it"),
        ("<html>404</html>", "does not name it"),
    ],
)
def test_what_a_list_does_not_say_is_not_guessed(text, says):
    with pytest.raises(UpstreamError, match=says):
        listed_sum(LINUX, "SUMS", text)


@given(st.text())
def test_no_list_is_too_odd(text):
    with contextlib.suppress(UpstreamError):
        assert len(listed_sum(LINUX, LIST, text)) == 64


def test_without_a_list_the_sum_is_what_the_profile_says():
    assert expected_sum(LINUX, Check(ONE), {}.__getitem__) == ONE
    assert expected_sum(LINUX, UNCHECKED, {}.__getitem__) == ""


@pytest.fixture(scope="module")
def signed():
    """A list, its signature by Ann, and the certificates of Ann and of Bob."""
    import pysequoia

    ann, bob = pysequoia.Tsk.generate("ann@lab"), pysequoia.Tsk.generate("bob@lab")
    text = f"{ONE}  netboot/linux\n".encode()
    made = pysequoia.sign(ann.signer(), text, mode=pysequoia.SignatureMode.DETACHED)
    return {
        LIST: text,
        f"{LIST}.gpg": made,
        "ann.asc": str(ann.extract_certificate()).encode(),
        "bob.asc": str(bob.extract_certificate()).encode(),
        "both.asc": bytes(bob.extract_certificate()) + bytes(ann.extract_certificate()),
        "none.asc": b"no certificate",
        LINUX: text,
    }


@pytest.mark.parametrize("key", ["ann.asc", "both.asc"])
def test_a_signed_list_is_believed(signed, key):
    check = Check(sums=LIST, signature=".gpg", key=key)

    assert expected_sum(LINUX, check, signed.__getitem__) == ONE


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("bob.asc", {}),
        ("none.asc", {}),
        ("ann.asc", {LIST: f"{TWO}  netboot/linux\n".encode()}),
        ("ann.asc", {f"{LIST}.gpg": b""}),
        ("ann.asc", {f"{LIST}.gpg": b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n"}),
    ],
    ids=["another one", "no certificate", "changed", "empty", "broken"],
)
def test_a_list_that_is_not_signed_is_not_believed(signed, key, change):
    check = Check(sums=LIST, signature=".gpg", key=key)

    with pytest.raises(UpstreamError, match=f"is not signed by {key}") as caught:
        expected_sum(LINUX, check, (signed | change).__getitem__)

    assert "\n" not in caught.value.message


def test_a_file_may_be_signed_itself(signed, tmp_path):
    path = tmp_path / "linux"
    path.write_bytes(signed[LIST])
    check = Check(signature=".gpg", key="ann.asc")
    made = signature_of(LIST, check, signed.__getitem__)

    assert len(verify(LINUX, path, made, check, signed.__getitem__)) >= 40
    path.write_bytes(b"other")
    with pytest.raises(UpstreamError, match="is not signed by"):
        verify(LINUX, path, made, check, signed.__getitem__)


def test_a_file_whose_list_is_signed_needs_no_signature_of_its_own():
    assert signature_of(LINUX, Check(sums=LIST, signature=".gpg"), {}.__getitem__) is None
