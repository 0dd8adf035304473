import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.probing.ipxescript import Fetch, read_script

BASE = "http://10.77.0.1:8080/TOKEN/boot.ipxe"


@pytest.mark.parametrize(
    ("text", "fetches"),
    [
        ("kernel linux quiet\ninitrd -n x i.gz\nboot", ["kernel TOKEN/linux", "initrd TOKEN/i.gz"]),
        ("kernel --name k http://10.77.0.1:8080/k a=b || goto failed", ["kernel k"]),
        ("set base http://10.77.0.1:8080/d\nkernel ${base}/k", ["kernel d/k"]),
        ("chain --replace /next.ipxe", ["script next.ipxe"]),
        ("# kernel no\necho kernel no", []),
        ("kernel k\nkernel k", ["kernel TOKEN/k"]),
        ("kernel \\\n  k", ["kernel TOKEN/k"]),
    ],
)  # fmt: skip
def test_what_it_names_is_told_with_its_whole_url(text, fetches):
    found = read_script(f"#!ipxe\n{text}\n", BASE)

    root = "http://10.77.0.1:8080/"
    assert found.fetches == tuple(Fetch(w, root + p) for w, p in map(str.split, fetches))


def test_beside_a_script_over_tftp_files_are_there_too():
    found = read_script("#!ipxe\nkernel linux\n", "tftp://10.77.0.1/dir/boot.ipxe")

    assert found.fetches == (Fetch("kernel", "tftp://10.77.0.1/dir/linux"),)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("kernel ${net0/mac}/linux", "only iPXE knows the variable"),
        ("imgfetch --name booted booted ||", "would take the machine for booted"),
    ],
)
def test_what_is_not_followed_is_told(line, why):
    found = read_script(f"#!ipxe\n{line}\n", BASE)

    assert found.fetches == ()
    assert why in found.left_out[0]


def test_a_script_that_loads_nothing_says_how_it_ends():
    found = read_script("#!ipxe\necho to the disk\nexit\n", BASE)

    assert (found.ending, found.says) == ("exit", ("to the disk",))


@given(st.text(max_size=300), st.text(max_size=40))
def test_nothing_breaks_it(text, base):
    for one in read_script(text, base).fetches:
        assert "://" in one.url
