import base64
from pathlib import Path

import pytest
import yaml

from pxectl.errors import ConfigError
from pxectl.store.sources.access import by_kubeconfig, in_cluster

CLUSTER = {"server": "https://10.0.0.1:6443/"}
PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"


def config(tmp_path, cluster=None, user=None, **changes):
    raw = {
        "current-context": "lab",
        "contexts": [{"name": "lab", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": CLUSTER | (cluster or {})}],
        "users": [{"name": "me", "user": user or {}}],
    } | changes
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(raw))
    return path


def b64(text):
    return base64.b64encode(text.encode()).decode()


def test_the_current_context_says_where_and_how(tmp_path):
    (tmp_path / "ca.pem").write_text(PEM)
    access = by_kubeconfig(
        config(tmp_path, {"certificate-authority": "ca.pem"}, {"token": "secret"})
    )

    assert (access.server, access.ca, access.is_checked) == ("https://10.0.0.1:6443", PEM, True)
    assert access.headers == {"Authorization": "Bearer secret"}


@pytest.mark.parametrize(
    ("user", "authorization"),
    [
        ({}, None),
        ({"tokenFile": "token"}, "Bearer from-file"),
        ({"username": "a", "password": "b"}, "Basic YTpi"),
    ],
)
def test_ways_to_say_who_we_are(tmp_path, user, authorization):
    (tmp_path / "token").write_text("from-file\n")

    headers = by_kubeconfig(config(tmp_path, user=user)).headers

    assert headers.get("Authorization") == authorization


def test_certificates_may_stand_in_the_file(tmp_path):
    user = {"client-certificate-data": b64(PEM), "client-key-data": b64("key")}
    cluster = {"certificate-authority-data": b64(PEM), "insecure-skip-tls-verify": True}
    access = by_kubeconfig(config(tmp_path, cluster, user))

    assert access.certificate == f"{PEM}\nkey"
    assert (access.ca, access.is_checked) == (PEM, False)


@pytest.mark.parametrize(
    ("cluster", "user", "told"),
    [
        ({"server": "10.0.0.1"}, {}, "server is no URL"),
        ({"proxy-url": "http://p"}, {}, "proxy-url is not supported"),
        ({}, {"exec": {"command": "aws"}}, "signs in by a program (`exec`)"),
        ({}, {"auth-provider": {"name": "gcp"}}, "signs in by a program (`auth-provider`)"),
        ({}, {"client-key-data": b64("key")}, "not both"),
        ({}, {"token": "a\nb"}, "the token holds what no token can"),
        ({}, {"tokenFile": "none"}, "can not be read"),
        ({"certificate-authority-data": "%"}, {}, "certificate-authority-data is not base64"),
    ],
)
def test_what_can_not_be_used_is_told_with_a_hint(tmp_path, cluster, user, told):
    with pytest.raises(ConfigError) as error:
        by_kubeconfig(config(tmp_path, cluster, user))

    assert told in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"current-context": ""}, "current-context is missing"),
        ({"current-context": "other"}, "contexts has no `other`"),
        ({"clusters": []}, "clusters has no `here`"),
        ({"users": None}, "users has no `me`"),
    ],
)
def test_what_the_file_lacks_is_told(tmp_path, changes, told):
    with pytest.raises(ConfigError) as error:
        by_kubeconfig(config(tmp_path, **changes))

    assert told in error.value.message


def test_no_yaml_and_no_file_are_told(tmp_path):
    (tmp_path / "bad").write_text("a: [")
    with pytest.raises(ConfigError, match="is not YAML"):
        by_kubeconfig(tmp_path / "bad")
    with pytest.raises(ConfigError, match="can not be read"):
        by_kubeconfig(tmp_path / "none")


def test_a_pod_finds_its_way_by_itself_and_reads_its_token_anew(tmp_path):
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    (tmp_path / "ca.crt").write_text(PEM)
    for token in ("one", "two"):
        (tmp_path / "token").write_text(token)
        access = in_cluster(environ, tmp_path)

        assert access.server == "https://[fd00::1]:443"
        assert access.headers == {"Authorization": f"Bearer {token}"}


def test_elsewhere_there_is_no_pod():
    with pytest.raises(ConfigError, match="this is no pod"):
        in_cluster({}, Path("/nowhere"))
