from pxectl.mac import MAC
from pxectl.store.sources.answers import Answer, Answers
from tests.builders import MAC1, machine


def mac(number):
    return MAC(number.to_bytes(6, "big"))


def answer(number, body=b"{}"):
    return Answer(machine(name=f"n{number}", macs=(mac(number),)), body)


def test_the_oldest_answer_gives_way():
    answers = Answers(limit=3)
    for number in (1, 2, 3, 1, 4):
        answers.put(mac(number), answer(number))

    assert [machine.name for machine in answers.values()] == ["n3", "n1", "n4"]


def test_large_answers_give_way_sooner():
    answers = Answers(room=100)
    for number in range(1, 6):
        answers.put(mac(number), answer(number, b"x" * 40))
    answers.put(mac(5), answer(5, b"x" * 60))

    assert list(answers) == [mac(4), mac(5)]


def test_an_answer_that_is_larger_than_all_room_is_kept_alone():
    answers = Answers(room=100)
    for number in (1, 2):
        answers.put(mac(number), answer(number, b"x" * 400))

    assert list(answers) == [mac(2)]


def test_a_machine_that_is_no_longer_known_is_gone_with_its_room():
    answers = Answers(room=100)
    for number in range(1, 20):
        answers.put(mac(number), answer(number, b"x" * 60))
        answers.put(mac(number), None)
    answers.put(mac(30), answer(30, b"x" * 60))
    answers.put(mac(31), answer(31, b"x" * 40))

    assert list(answers) == [mac(30), mac(31)]


def test_a_flood_of_strangers_pushes_out_nothing_that_is_known():
    answers = Answers(limit=10)
    answers.put(MAC1, answer(1))
    for number in range(1000):
        answers.trust(mac(number), 100.0)

    assert MAC1 in answers
    assert len(answers._fresh) == 10


def test_an_answer_is_fresh_until_its_time_is_up():
    answers = Answers()
    answers.trust(MAC1, 10.0)

    assert answers.is_fresh(MAC1, 9.9)
    assert not answers.is_fresh(MAC1, 10.0)
    assert not answers.is_fresh(mac(1), 0.0)
