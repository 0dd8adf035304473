import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.image import split_member


@pytest.mark.parametrize(
    ("name", "image", "member"),
    [
        ("ubuntu.iso:/casper/vmlinuz", "ubuntu.iso", "casper/vmlinuz"),
        ("a/b.tar:/x", "a/b.tar", "x"),
        ("https://x/u.iso:/casper/initrd", "https://x/u.iso", "casper/initrd"),
        ("https://x:8443/u.iso:/a:/b", "https://x:8443/u.iso:/a", "b"),
        ("https://x:8443/u.iso", "https://x:8443/u.iso", ""),
        ("linux", "linux", ""),
        ("a:b", "a:b", ""),
        ("a.iso:/", "a.iso:/", ""),
        ("http://x/", "http://x/", ""),
    ],
)
def test_an_image_is_told_from_what_is_in_it(name, image, member):
    assert split_member(name) == (image, member)


@given(st.text())
def test_nothing_is_lost(name):
    image, member = split_member(name)

    assert name == (f"{image}:/{member}" if member else image)
