import pytest

from pxectl.boot.site import Mode, Site
from pxectl.errors import ConfigError
from pxectl.store.settings import Overrides
from pxectl.store.site import SiteReader, load_site


def test_with_no_site_at_all_there_are_the_defaults(tmp_path):
    loaded = load_site(tmp_path / "none", environ={})
    assert loaded.site.path == ""
    assert loaded.site.serving == Site().serving
    assert len(loaded.site.inventory) == 0
    assert loaded.problems == ()


def test_a_whole_site_is_read(tmp_path):
    (tmp_path / "pxectl.toml").write_text("[profile.a]\nscript = 'sub/a.ipxe'\n")
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware" / "n.toml").write_text("mac = '525400000001'\nprofile = 'a'\n")
    (tmp_path / "templates" / "sub").mkdir(parents=True)
    (tmp_path / "templates" / "sub" / "a.ipxe").write_text("#!ipxe\n")
    (tmp_path / "templates" / ".hidden").write_text("x")
    (tmp_path / "templates" / "a~").write_text("x")
    loaded = load_site(tmp_path, Overrides(dhcp=Mode.PROXY), secret=b"k" * 32, environ={})
    site = loaded.site
    assert site.path == str(tmp_path)
    assert site.files == str(tmp_path / "files")
    assert site.templates == {"sub/a.ipxe": "#!ipxe\n"}
    assert [machine.name for machine in site.inventory.machines] == ["n"]
    assert site.rules.profiles["a"].script == "sub/a.ipxe"
    assert site.serving.dhcp is Mode.PROXY
    assert site.secret == b"k" * 32


def test_a_wrong_pxectl_toml_at_the_start_is_an_error(tmp_path):
    (tmp_path / "pxectl.toml").write_text("x = 1")
    with pytest.raises(ConfigError, match="x: there is no such key"):
        load_site(tmp_path, environ={})


def test_a_wrong_pxectl_toml_later_leaves_the_last_good_one_and_new_machines_in_force(tmp_path):
    config = tmp_path / "pxectl.toml"
    config.write_text("[serve]\nhttp_port = 8081\n")
    reader = SiteReader(tmp_path, environ={})
    reader.read()
    config.write_text("[serve]\nhttp_port = 'x'\n")
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware" / "n.toml").write_text("mac = '525400000001'\n")
    loaded = reader.read()
    assert loaded.site.serving.http_port == 8081
    assert len(loaded.site.inventory) == 1
    assert [problem.message.split(": ")[1] for problem in loaded.problems] == ["serve.http_port"]
    config.unlink()
    assert reader.read().problems == ()


def test_a_template_that_is_no_text_keeps_its_last_good_version(tmp_path):
    path = tmp_path / "templates" / "a"
    path.parent.mkdir()
    path.write_text("good")
    (path.parent / "big").write_bytes(bytes(2_000_000))
    reader = SiteReader(tmp_path, environ={})
    assert [p.hint for p in reader.read().problems] == ["put it in files/"]
    path.write_bytes(b"\xff")
    loaded = reader.read()
    assert loaded.site.templates == {"a": "good"}
    assert f"{path}: is not UTF-8" in [p.message for p in loaded.problems]


def test_a_broken_machine_is_a_problem_and_no_error(tmp_path):
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware" / "n.toml").write_text("mac = 1\n")
    loaded = load_site(tmp_path, environ={})
    assert [problem.message for problem in loaded.problems] == [
        f"{tmp_path}/hardware/n.toml: mac is not a text"
    ]


def test_a_sites_own_template_comes_before_the_one_of_a_recipe(tmp_path):
    (tmp_path / "pxectl.toml").write_text('[profile.p]\ninstaller = "flatcar"\n')
    recipes = load_site(tmp_path).site.templates
    (tmp_path / "templates/flatcar").mkdir(parents=True)
    (tmp_path / "templates/flatcar/ignition.json").write_text("own")

    assert list(recipes) == ["flatcar/ignition.json"]
    assert load_site(tmp_path).site.templates == {"flatcar/ignition.json": "own"}
