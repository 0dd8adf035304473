from ipaddress import IPv4Address

from pxectl.boot.binding import Binding, State
from pxectl.ui.leases import lease_columns
from tests.builders import MAC1, NOW


def test_who_holds_what_for_how_long_is_a_table():
    held = Binding(
        IPv4Address("10.77.0.100"), MAC1, State.LEASED, NOW, NOW + 3700, "e\x1b[2J", "node1"
    )
    over = Binding(IPv4Address("10.77.0.101"), MAC1, State.RELEASED, NOW - 300, NOW + 3700)
    assert lease_columns([(held, "leased"), (over, "released")], NOW) == (
        "ADDRESS      MAC                NAME   STATE     ENDS       HOSTNAME\n"
        "10.77.0.100  52:54:00:77:00:01  node1  leased    in 61 min  e\\x1b[2J\n"
        "10.77.0.101  52:54:00:77:00:01  -      released  5 min ago  -\n"
    )
