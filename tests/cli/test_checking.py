import json

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from tests.cli.test_rules import efi

CONFIG = """
[serve]
interfaces = ["lo"]
[profile.debian]
kernel = "debian/linux"
cmdline = ["url={{ urls.template('preseed.cfg') }}"]
[profile.menu]
script = "menu.ipxe"
"""


@pytest.fixture
def site(tmp_path):
    for folder in ("files/ipxe", "files/debian", "hardware", "templates"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "files/ipxe/ipxe.efi").write_bytes(efi(0x8664))
    (tmp_path / "files/debian/linux").write_bytes(b"kernel")
    (tmp_path / "pxectl.toml").write_text(CONFIG)
    (tmp_path / "templates/preseed.cfg").write_text("disk\n{{ vars.disk }}\n")
    (tmp_path / "templates/menu.ipxe").write_text("#!ipxe\nchain {{ urls.file('a.efi') }}\n")
    (tmp_path / "files/a.efi").write_bytes(b"MZ")
    add(tmp_path, "node1", 1, 'profile = "debian"\nvars = { disk = "sda" }')
    add(tmp_path, "node2", 2, 'profile = "menu"')
    return tmp_path


def add(site, name, number, more=""):
    text = f'mac = ["52:54:00:00:00:{number:02x}"]\n{more}\n'
    (site / "hardware" / f"{name}.toml").write_text(text)


def run(site, *argv):
    return CliRunner().invoke(app, ["rules", "check", "--site", str(site), *argv])


def told(site):
    """Level, where and what, machines."""
    shape = json.loads(run(site, "--json").stdout)
    assert shape["v"] == 1
    return [
        (one["level"], f"{one['where']}: {one['what']}", one["machines"])
        for one in shape["findings"]
    ]


def test_nothing_is_wrong_with_a_good_site(site):
    result = run(site)

    assert result.stdout == "nothing is wrong\n"
    assert result.exit_code == 0


def test_a_template_that_fails_is_named_with_its_line_and_machines(site):
    for number in (3, 4):
        add(site, f"node{number}", number, 'profile = "debian"')

    [(level, what, machines)] = told(site)

    assert level == "problem"
    assert "template preseed.cfg, line 2: " in what
    assert "'disk'" in what
    assert machines == ["node3", "node4"]
    assert run(site).exit_code == 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{{ urls.template('gone.cfg') }}", "there is no template `gone.cfg`"),
        ("{{ urls.file('gone.img') }}", "files/gone.img: is not there"),
        ("{{ 1 / 0 }}", "template menu.ipxe, line 1: division by zero"),
        ("{% if %}", "template menu.ipxe, line 1: "),
        ("{% include 'gone.inc' %}", "template menu.ipxe, line 1: "),
    ],
)
def test_what_a_template_of_a_machine_lacks_is_a_problem(site, text, what):
    (site / "templates/menu.ipxe").write_text(text)

    [(level, said, machines)] = told(site)

    assert (level, machines) == ("problem", ["node2"])
    assert what in said


def test_a_template_behind_a_template_is_rendered_too(site):
    (site / "templates/preseed.cfg").write_text("{{ urls.template('late.sh') }}")
    (site / "templates/late.sh").write_text("\n\n{{ vars.nowhere }}")

    [(_, said, machines)] = told(site)

    assert "template late.sh, line 3" in said
    assert machines == ["node1"]


def test_a_rule_that_boots_strangers_renders_for_one(site):
    rule = '[[rule]]\nmatch = { known = false }\naction = "boot"\nprofile = "debian"\n'
    (site / "pxectl.toml").write_text(CONFIG + rule)

    [(_, said, machines)] = told(site)

    assert "preseed.cfg" in said
    assert machines == ["a machine that is not known"]


@pytest.mark.parametrize(
    ("path", "content", "what"),
    [
        ("debian/linux", None, "is not there, and profile `debian` boots it"),
        ("debian/linux", b"", "is empty, and profile `debian` boots it"),
        ("a.efi", None, "is not there"),
    ],
)
def test_a_file_that_can_not_be_served_is_a_problem(site, path, content, what):
    (site / "files" / path).unlink()
    if content is not None:
        (site / "files" / path).write_bytes(content)

    [(level, said, _)] = told(site)

    assert (level, said) == ("problem", f"files/{path}: {what}")


def test_a_quirk_that_names_no_file_is_a_problem(site):
    add(site, "node3", 3, 'profile = "menu"\nquirks = { nbp = "odd.efi" }')

    assert told(site) == [("problem", "files/odd.efi: is not there", ["node3"])]


def test_a_shim_without_its_second_stage_is_told_of(site):
    add(site, "node1", 1, 'profile = "signed"')
    with (site / "pxectl.toml").open("a") as file:
        file.write('[profile.signed]\nkernel = "k"\nnbp = { x64-uefi = "s/shimx64.efi" }\n')
    for name in ("k", "s/shimx64.efi"):
        (site / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (site / "files" / name).write_bytes(b"x")

    assert ("problem", "files/s/grubx64.efi: is not there, and profile `signed` boots it") in [
        one[:2] for one in told(site)
    ]


def test_a_machine_without_a_binary_is_a_problem(site):
    add(site, "node3", 3, 'profile = "menu"\narch = "riscv64"')

    assert told(site) == [("problem", "boot: no iPXE binary for riscv64-uefi", ["node3"])]


def test_a_machine_without_a_profile_is_a_note(site):
    add(site, "node3", 3)

    [(level, said, machines)] = told(site)

    assert (level, machines) == ("note", ["node3"])
    assert "profile: is missing" in said
    assert run(site).exit_code == 0


def test_a_template_that_nobody_gets_is_a_note(site):
    (site / "templates/old.cfg").write_text("x")
    (site / "templates/part.inc").write_text("x")
    (site / "templates/menu.ipxe").write_text("{% include 'part.inc' %}")

    assert told(site) == [
        ("note", "template old.cfg: no profile and no other template names it", [])
    ]


def test_every_file_that_can_not_be_used_is_listed(site):
    add(site, "node3", 1)
    (site / "hardware/node4.toml").write_text("mac = 5")
    (site / "templates/bad.cfg").write_bytes(b"\xff")

    said = [(level, what.replace(str(site), "")) for level, what, _ in told(site)]

    taken = "52:54:00:00:00:01 is /hardware/node1.toml's already"
    assert said == [
        ("problem", ": /templates/bad.cfg: is not UTF-8"),
        ("problem", f": /hardware/node3.toml: mac: {taken}"),
        ("problem", ": /hardware/node4.toml: mac is not a text"),
    ]


def test_people_see_a_bounded_list_with_hints(site):
    (site / "hardware/node1.toml").unlink()
    for number in range(10, 40):
        add(site, f"n{number}", number, f'profile = "gone{number}"')
    for number in range(40, 60):
        add(site, f"n{number}", number, 'profile = "debian"')

    lines = run(site).stdout.splitlines()

    assert "         … and 20 more profile problems; `--json` lists all" in lines
    assert any(line.endswith("(for n40, n41, n42, n43, n44 and 15 more)") for line in lines)
    assert lines[1] == (
        "         hint: add `[profile.gone10]` to pxectl.toml, or give them another profile"
    )
    assert lines[-1] == "31 problems, 0 notes"


def test_a_site_that_can_not_be_read_is_two_lines_and_2(site):
    (site / "pxectl.toml").write_text("[serve")
    result = run(site)

    assert result.exception.exit_code == 2
    assert result.exception.hint


def test_a_program_of_another_server_is_no_problem(tmp_path):
    (tmp_path / "hardware").mkdir()
    (tmp_path / "pxectl.toml").write_text(
        '[profile.u]\nnbp = { x64-uefi = "https://x/u.efi" }\n'
        '[profile.v]\nkernel = "https://x/u.iso:/casper/vmlinuz"\n'
    )
    for name, mac in (("u", "01"), ("v", "02")):
        (tmp_path / f"hardware/{name}.toml").write_text(
            f'mac = ["52:54:00:12:34:{mac}"]\nprofile = "{name}"\n'
        )
    result = CliRunner().invoke(app, ["rules", "check", "--site", str(tmp_path)])

    assert "https://x" not in result.stdout


PI = """
[profile.pis]
rpi = "rpi"
config_txt = "pi.txt"
cmdline = ["host={{ vars.host }}"]
"""


def test_a_raspberry_pi_is_judged_by_what_its_firmware_reads(site):
    (site / "pxectl.toml").write_text(CONFIG + PI)
    (site / "templates/pi.txt").write_text("arm_64bit={{ vars.bits }}\n")
    machine = 'mac = ["dc:a6:32:00:00:01"]\narch = "arm64"\nprofile = "pis"\n[vars]\nhost = "a"\n'
    (site / "hardware/pi.toml").write_text(machine)

    template, folder = told(site)
    (site / "files/rpi").mkdir()
    (site / "hardware/pi.toml").write_text(machine + "bits = 1\n")

    assert folder[1].startswith("files/rpi: is no folder")
    assert "pi.txt" in template[1]
    assert template[2] == ["pi"]
    assert told(site) == []
    (site / "pxectl.toml").write_text(CONFIG + PI.replace('config_txt = "pi.txt"', ""))
    assert [one[1] for one in told(site) if one[2] == ["pi"]] == [
        "files/rpi/config.txt: is not there"
    ]


def test_what_a_raspberry_pi_reads_is_shown(site):
    (site / "pxectl.toml").write_text(CONFIG + PI)
    (site / "templates/pi.txt").write_text("arm_64bit=1\n")
    (site / "hardware/pi.toml").write_text(
        'mac = ["dc:a6:32:00:00:01"]\nprofile = "pis"\n[vars]\nhost = "a"\n'
    )
    argv = ["rules", "test", "dc:a6:32:00:00:01", "--script", "--site", str(site)]

    shown = CliRunner().invoke(app, argv).stdout

    assert shown == "# config.txt\narm_64bit=1\n\n# cmdline.txt\nhost=a\n"
