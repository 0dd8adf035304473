"""Health and metrics of a real `serve`, asked over HTTP while clients ask it."""

import json
import re
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.net.test_sockets import free_port
from tests.serving import Serve

ROOT = Path(__file__).parents[2]
MAC = "52-54-00-77-00-01"
SITE = """
[profile.p]
kernel = "linux"
[[rule]]
name = "all"
action = "boot"
profile = "p"
[serve]
claims = "any"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = tmp_path_factory.mktemp("monitoring") / "site"
    for name in ("hardware", "files"):
        (site / name).mkdir(parents=True)
    (site / "files/linux").write_bytes(b"k" * 100_000)
    (site / "pxectl.toml").write_text(SITE)
    (site / f"hardware/{MAC}.toml").write_text(f'mac = ["{MAC}"]\n')
    return site


@pytest.fixture(scope="module")
def serve(site):
    port = free_port(socket.SOCK_STREAM)
    serve = Serve(site, site.parent / "out", PXECTL_MONITOR=f"127.0.0.1:{port}")
    serve.monitor = f"http://127.0.0.1:{port}"
    yield serve
    assert serve.stop() == 0


def asked(serve, path, **headers):
    request = urllib.request.Request(f"{serve.monitor}/{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers["Content-Type"], response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", ""


def values(serve):
    """Every sample by its name and labels."""
    _, _, text = asked(serve, "metrics")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_is_healthy_and_ready(serve):
    assert asked(serve, "healthz")[0] == 200
    status, _, text = asked(serve, "readyz")

    assert (status, '"ready": true' in text, "TFTP" in text) == (200, True, True)
    assert asked(serve, "boot.ipxe")[0] == 404


def test_what_is_asked_for_is_counted_exactly(serve):
    before = values(serve)
    token = serve.token(MAC)
    for _ in range(3):
        assert serve.get(f"{token}/files/linux")[0] == 200
    assert serve.get(f"{token}/files/none")[0] == 404
    serve.wait_for("requested", status=404)
    after = values(serve)

    def more(name, **labels):
        key = (f"pxectl_{name}", *sorted(labels.items()))
        return after.get(key, 0.0) - before.get(key, 0.0)

    assert more("requests_total", protocol="http", what="kernel", status="200") == 3
    assert more("requests_total", protocol="http", what="refused", status="404") == 1
    assert more("transfers_total", protocol="http", outcome="done") == 3
    assert more("sent_bytes_total", protocol="http") == 300_000
    assert after["pxectl_machines",] == 1
    assert after["pxectl_listener_on", ("listener", "http")] == 1
    assert after["pxectl_listener_on", ("listener", "dhcp")] == 0


def test_no_label_names_a_machine(serve):
    serve.token(MAC)

    _, _, text = asked(serve, "metrics")

    for name in (MAC, MAC.replace("-", ":"), "linux"):
        assert name not in text


def test_the_dashboard_shows_what_there_is_and_all_of_it(serve):
    _, _, text = asked(serve, "metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    suffix = {"counter": "_total", "histogram": "_bucket"}
    there = {name + suffix.get(family.type, "") for name, family in families.items()}

    dashboard = json.loads((ROOT / "docs/grafana/pxectl.json").read_text())
    expressions = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    shown = set(re.findall(r"pxectl_\w+", " ".join(expressions)))

    assert shown == there


def test_prometheus_gets_the_form_that_it_asks_for(serve):
    _, plain, _ = asked(serve, "metrics")
    _, openmetrics, text = asked(serve, "metrics", Accept="application/openmetrics-text")

    assert plain.startswith("text/plain")
    assert openmetrics.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")


def test_a_port_that_is_taken_is_told(tmp_path):
    (tmp_path / "site").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AssertionError):  # it is never ready
            Serve(tmp_path / "site", tmp_path / "out", PXECTL_MONITOR=where)

    assert f"`monitor` can not listen on {where}" in (tmp_path / "out").read_text()
