import resource
import subprocess
import sys

import pytest

from pxectl.net.descriptors import RESERVE, room_for

SCRIPT = """
import resource
from pxectl.net.descriptors import room_for
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(room_for({wanted}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "printed"),
    [
        (256, 1024, 512, f"512 {512 + RESERVE}"),
        (256, 300, 512, f"{300 - RESERVE} 300"),
        (256, 256, 10, "10 256"),
        (100, 100, 512, "2 100"),
    ],
)
def test_the_soft_limit_is_raised_as_far_as_needed_and_possible(soft, hard, wanted, printed):
    script = SCRIPT.format(soft=soft, hard=hard, wanted=wanted)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == printed


def test_enough_is_left_alone():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert room_for(1) == 1
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
