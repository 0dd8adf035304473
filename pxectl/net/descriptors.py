"""Open files: how many this process may have, and getting more."""

import resource

RESERVE = 128  # for everything else that `serve` opens


def room_for(descriptors: int) -> int:
    """How many of the wanted descriptors there is room for, after raising the soft limit.

    The hard limit stays as it is: raising it takes a privilege, and it may not be raisable at all
    (performance.md 2).
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = descriptors + RESERVE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return descriptors
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # macOS has a limit below its hard limit
        most = soft
    return max(min(most - RESERVE, descriptors), 2)
