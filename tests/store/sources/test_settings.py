from pathlib import Path

import pytest

from pxectl.errors import ConfigError
from pxectl.store.sources.settings import BootAPI, Cluster, HardwareFiles, read_sources

SITE = Path("/site")


def read(*tables):
    return read_sources(list(tables), "pxectl.toml: source", SITE)


def test_each_kind_is_read():
    assert read(
        {"type": "http", "url": "http://api:8080/lab/", "timeout": "5s", "cache": 0},
        {"type": "http", "url": "https://api"},
        {"type": "tinkerbell", "path": "tink"},
        {"type": "tinkerbell", "kubernetes": True, "namespace": "lab"},
        {"type": "tinkerbell", "kubeconfig": "/etc/kubeconfig", "timeout": 9},
    ) == (
        BootAPI("http://api:8080/lab", 5, 0),
        BootAPI("https://api", 2, 10),
        HardwareFiles(SITE / "tink"),
        Cluster(None, "lab"),
        Cluster(Path("/etc/kubeconfig"), "", 9),
    )


def test_a_password_in_a_url_is_shown_to_nobody():
    assert BootAPI("https://ann:secret@api:8080").origin == "https://api:8080"


HTTP = {"type": "http", "url": "http://api"}
TINK = {"type": "tinkerbell"}


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ("x", "source[0] is not a table", "source[0]"),
        ({}, "type is missing", 'type = "http"'),
        ({"type": "htp"}, "type `htp` is unknown", "did you mean `http`?"),
        ({"type": 5}, "type `5` is unknown", "there is: http, tinkerbell"),
        ({"type": "http"}, "url is missing", 'url = "http://'),
        (HTTP | {"timout": 3}, "source[0].timout: there is no such key", "did you mean `timeout`?"),
        (HTTP | {"path": "x"}, "source[0].path: there is no such key", "there is: type, url"),
        (HTTP | {"url": "api:8080"}, "is no URL of a service", "http://10.77.0.5"),
        (HTTP | {"url": "ftp://api"}, "is no URL of a service", "http://10.77.0.5"),
        (HTTP | {"url": "http://api:99999"}, "is no URL of a service", "http://10.77.0.5"),
        (HTTP | {"url": "http://api/?x"}, "is no URL of a service", "http://10.77.0.5"),
        (HTTP | {"timeout": 0}, "source[0].timeout: `0` is no time", "seconds"),
        (HTTP | {"cache": "soon"}, "source[0].cache: `soon` is no time", "seconds"),
        (TINK, "neither path nor kubernetes", "path ="),
        (TINK | {"kubernetes": False}, "neither path nor kubernetes", "path ="),
        (TINK | {"kubernetes": "yes"}, "neither true nor false", "without quotes"),
        (TINK | {"namespace": "lab"}, "neither path nor kubernetes", "path ="),
        (TINK | {"path": "x", "namespace": "y"}, "has path and namespace", "files or a cluster"),
        (TINK | {"path": "x", "timeout": 5}, "files have no timeout", "remove `timeout`"),
        (TINK | {"path": 5}, "source[0].path is not a text", "in quotes"),
        (TINK | {"kubernetes": True, "namespace": "a/b"}, "`a/b` is no namespace", "letters"),
        (TINK | {"kubernetes": True, "namespaces": "a"}, "no such key", "`namespace`?"),
    ],
)  # fmt: skip
def test_a_key_that_can_not_be_is_told_with_its_mend(table, message, hint):
    with pytest.raises(ConfigError) as error:
        read(table)

    assert error.value.message.startswith("pxectl.toml: source")
    assert message in error.value.message
    assert hint in error.value.hint


def test_one_source_twice_is_a_mistake():
    with pytest.raises(ConfigError, match=r"source\[1\]: http://api stands twice"):
        read(HTTP, HTTP | {"cache": 5})


def test_a_single_table_is_no_list():
    with pytest.raises(ConfigError, match="not a list"):
        read_sources(HTTP, "pxectl.toml: source", SITE)
