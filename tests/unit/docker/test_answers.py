"""What an engine tells is kept for one run."""

from threading import Barrier, Thread

import pytest

from virtwright.errors import HostError
from virtwright.providers.docker.client.answers import Answers


def test_nothing_is_kept_before_the_first_run() -> None:
    answers, numbers = Answers(), iter(range(9))
    assert [answers.once("how many", lambda: next(numbers)) for _ in range(2)] == [0, 1]


def test_a_run_asks_once_and_the_next_one_again() -> None:
    answers, numbers = Answers(), iter(range(9))
    told = []
    for _ in range(2):
        answers.begin()
        told += [answers.once("how many", lambda: next(numbers)) for _ in range(3)]
        told.append(answers.once("how large", lambda: next(numbers)))
    assert told == [0, 0, 0, 1, 2, 2, 2, 3]


def test_those_who_ask_at_the_same_time_wait_for_one_answer() -> None:
    answers, numbers, told, together = Answers(), iter(range(9)), list[int](), Barrier(4)
    answers.begin()

    def ask() -> None:
        together.wait(60)
        told.append(answers.once("how many", lambda: next(numbers)))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert told == [0, 0, 0, 0]


def test_an_error_is_no_answer() -> None:
    answers = Answers()
    answers.begin()

    def fail() -> int:
        raise HostError("it does not answer")

    with pytest.raises(HostError):
        answers.once("how many", fail)
    assert answers.once("how many", lambda: 7) == 7


def test_what_the_run_changed_itself_is_asked_again() -> None:
    answers, given = Answers(), iter((1, 2))
    answers.forget("question")
    answers.begin()
    assert answers.once("question", lambda: next(given)) == 1
    answers.forget("question")
    assert answers.once("question", lambda: next(given)) == 2
