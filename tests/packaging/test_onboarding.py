"""A rack is onboarded by a shell: `xargs -P20` over a thousand `pxectl hardware add`."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]
# as installed: compiled once, not a thousand times
ENVIRON = {key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
MACHINES = 1000


def address_of(n):
    return f"10.77.{n // 250}.{n % 250 + 1}"


def lines():
    """A thousand machines, among them some that claim what another one has: any of the two wins."""
    for n in range(MACHINES):
        mac = f"52:54:00:00:{n >> 8:02x}:{n & 255:02x}"
        name, address = f"node{n}", address_of(n)
        match n % 20:
            case 17:
                mac = f"5254.0000.{n - 1:04x}"  # the MAC of the one before, in another spelling
            case 18:
                name = f"NODE{n - 3}"
            case 19:
                address = address_of(n - 5)
        yield f"{mac} --name {name} --address {address} --profile debian"


def test_twenty_shells_at_once_lose_nothing_and_let_nothing_in_twice(tmp_path):
    program = f"{sys.executable} -m pxectl hardware add --site {tmp_path} --json"
    # each says its exit code behind what it printed
    command = f'{program} $0 2>"{tmp_path}/err.$$" >"{tmp_path}/out.$$"; echo "$? $$ $0"'
    done = subprocess.run(
        ["xargs", "-P20", "-I{}", "sh", "-c", command, "{}"],
        input="\n".join(lines()), capture_output=True, text=True, check=True, env=ENVIRON,
    ).stdout.splitlines()  # fmt: skip

    fates = Counter(line.split()[0] for line in done)
    assert sum(fates.values()) == MACHINES
    assert fates.keys() == {"0", "1"}
    assert fates["1"] == 3 * MACHINES // 20
    landed = {}
    for line in done:
        code, process, *_ = line.split()
        if code == "0":
            machine = json.loads((tmp_path / f"out.{process}").read_text())["machine"]
            landed[machine["name"]] = machine
        else:
            reason, hint = (tmp_path / f"err.{process}").read_text().splitlines()
            assert "is another machine's: " in reason
            assert hint.startswith("hint: ")
    listing = [
        sys.executable,
        "-m",
        "pxectl",
        "hardware",
        "list",
        "--json",
        "--site",
        str(tmp_path),
    ]
    listed = json.loads(subprocess.run(listing, capture_output=True, check=True).stdout)["machines"]
    assert {machine["name"]: machine for machine in listed} == landed
    for key in ("mac", "name", "address"):
        assert max(Counter(str(machine[key]).lower() for machine in listed).values()) == 1
