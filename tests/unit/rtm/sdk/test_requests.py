"""rtm/sdk/requests.py: answers that come early, late, never, and as a failure."""

import threading

from agora_cli.rtm.sdk.requests import Requests


def test_an_answer_before_the_question_has_returned() -> None:
    requests = Requests()
    requests.answer(7, 0)
    assert requests.wait(7, 0) == 0
    assert requests.wait(7, 0) is None


def test_an_answer_while_waiting() -> None:
    requests = Requests()
    threading.Timer(0.01, requests.answer, (7, -10005)).start()
    assert requests.wait(7, 10) == -10005


def test_watched_requests_are_waited_for_together_and_failures_told_in_order() -> None:
    requests = Requests()
    requests.answer(1, -1)
    for number in (1, 2, 3):
        requests.watch(number)
    assert not requests.wait_all(0)
    requests.answer(3, -3)
    requests.answer(2, 0)
    assert requests.wait_all(0)
    assert [requests.failed(), requests.failed(), requests.failed()] == [-1, -3, None]
