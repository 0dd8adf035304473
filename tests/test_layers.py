"""The house stands: every module has its test, files stay small, and nothing hides a cycle."""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
MODULES = sorted(
    path.relative_to(HOUSE / "pxectl")
    for path in (HOUSE / "pxectl").rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)
ELSEWHERE = {
    # values without behaviour: every other test is made of them
    "boot/answer.py", "boot/arrival.py", "boot/certificate.py", "boot/check.py", "boot/client.py",
    "boot/events.py", "boot/facts.py",
    "boot/machine.py", "boot/profile.py", "boot/recipe.py", "boot/subnet.py", "errors.py",
    "wire/sighting.py",
    # tested with what is chosen from it: test_choice
    "boot/probing/offer.py",
    # values that a probe is told in, and what plays it on a wire: tests/lab/test_probe
    "boot/probing/played.py", "net/probe/exchange.py",
    "net/probe/play.py", "net/probe/storm.py", "net/probe/wire.py", "cli/probe.py",
    "ui/probe.py",
    # looks at a host and its network: tests/lab/test_doctor
    "cli/doctor.py", "cli/doctoring.py", "net/surroundings.py", "ui/doctor.py",
    # tested with what is told from them: test_diagnosis
    "boot/timeline/causes.py", "boot/timeline/ended.py", "boot/timeline/mark.py",
    "boot/timeline/timeline.py", "boot/timeline/timelines.py", "boot/timeline/witness.py",
    # tested with captures of real boots: test_by_machine
    "boot/timeline/sighted.py", "ui/machines.py",
    # tested with the lines that they are words of: test_lines
    "boot/habit.py", "boot/telling.py",
    # tested with who overhears: test_foreign
    "boot/overheard.py",
    # tested with the log: test_jsonlog
    "ui/eventjson.py", "ui/timelinejson.py",
    # tested with a `serve` that is asked: test_monitoring
    "net/monitor.py", "ui/metrics.py",
    # tested with boots in the lab: tests/lab/test_boot_as_dhcp
    "cli/diagnosing.py",
    # tested with what they serve: test_conditions, test_decide, test_rehearse, test_respond
    "boot/condition.py", "boot/identities.py", "boot/moments.py", "boot/rules.py",
    "boot/quirks.py", "boot/outlook.py", "boot/site.py", "boot/response.py",
    # tested with the messages that ask for an address: test_dhcpserver
    "boot/allocate.py",
    # tested with the command that asks them: test_surveying, test_replaying, test_differing
    "boot/replay.py", "boot/survey.py", "ui/difference.py", "ui/replay.py", "ui/survey.py",
    # tested with the command that finds with them: test_checking
    "boot/outcomes.py", "store/absent.py", "ui/findings.py",
    # tested between hosts: tests/lab/test_conflict
    "net/conflict.py",
    # tested with its listener: test_tftp
    "net/tftpsession.py", "net/tftpwords.py",
    # tested with its listener: test_http
    "net/sending.py",
    # tested with its other end: test_control
    "net/steer.py",
    # tested with a `serve` that is steered: test_ctl
    "cli/following.py",
    # tested with what is noted: test_foresight, test_checking
    "boot/noting.py",
    # tested with the command: test_mirror
    "cli/mirroring.py", "ui/mirror.py",
    # tested with a `serve` and another server: test_mirroring
    "cli/prefetching.py",
    # tested with the view that they are parts of: test_live
    "ui/fitting.py", "ui/footer.py", "ui/history.py", "ui/inside.py", "ui/livetable.py",
    "ui/looking.py", "ui/picture.py",
    # tested with what is under way: test_tftp, test_http
    "boot/underway.py",
    # tested with the command that shows it: test_cert
    "ui/certificate.py",
    # tested with what is read into and out of them: test_tinkerbell
    "store/exchange/carried.py", "store/exchange/fields.py", "store/exchange/osie.py",
    # with what they are parts of: test_isc, test_kea, test_manifests
    "store/exchange/format.py", "store/exchange/isctext.py", "store/exchange/joining.py",
    "store/exchange/keatext.py",
    "store/exchange/optiontext.py", "store/exchange/ownwords.py",
    # tested with who asks: test_asking
    "store/sources/fetch.py", "store/sources/kubernetes.py",
    # tested with who asks: test_mirror
    "store/mirror/download.py", "store/mirror/fetching.py", "store/mirror/part.py",
    "store/mirror/presence.py", "store/mirror/progress.py", "store/mirror/shelf.py",
    "store/mirror/work.py",
    # need a network of their own: tests/lab/test_modes.py, tests/lab/test_replay.py
    "net/discover.py", "net/frames.py",
    # the command line's: tests/cli/test_startup.py and the test of the command that they are of
    "cli/asking.py", "cli/carrying.py", "cli/completing.py", "cli/elsewhere.py", "cli/judging.py",
    "cli/machineoptions.py", "cli/machines.py", "cli/options.py", "cli/rehearsing.py",
    "cli/serve.py", "cli/watching.py",
    "ui/rehearsal.py", "ui/sink.py",
}  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_has_its_test(module):
    test = HOUSE / "tests" / module.parent / f"test_{module.name}"

    assert test.exists() is (module.as_posix() not in ELSEWHERE)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_files_and_functions_stay_small(module):
    text = (HOUSE / "pxectl" / module).read_text()
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        # one line a flag: that is how typer reads a command line
        and not any("Annotated" in ast.dump(argument) for argument in node.args.args)
    ]

    assert len(text.splitlines()) <= 290
    assert [f.name for f in functions if f.end_lineno - f.lineno > 60] == []


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_nothing_hides_a_cycle(module):
    text = (HOUSE / "pxectl" / module).read_text()

    assert "TYPE_CHECKING" not in text
    assert "import *" not in text
