from pxectl.boot.client import Client
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from tests.builders import MAC1, NOW


def test_the_last_word_of_a_client_counts():
    visits = Visits()
    visits.note(Client(MAC1, hostname="one"), NOW)
    visits.note(Client(MAC1, hostname="two"), NOW + 1)

    assert visits.client(MAC1).hostname == "two"
    assert len(visits) == 1


def test_a_flood_of_macs_pushes_out_only_the_least_recently_seen():
    visits = Visits(limit=3)
    for number in (1, 2, 3, 1, 4):
        visits.note(Client(MAC(bytes((2, 0, 0, 0, 0, number)))), NOW)

    known = [n for n in range(1, 5) if visits.client(MAC(bytes((2, 0, 0, 0, 0, n))))]
    assert known == [1, 3, 4]


def test_nobody_is_not_remembered():
    visits = Visits()
    visits.note(Client(None), NOW)

    assert len(visits) == 0
