from dataclasses import replace
from itertools import groupby

import pytest

from agora_cli.engines.impairment import MEDIA, Impairment, ImpairmentPlan, Outage
from agora_cli.engines.local.impair.model import QUEUE_US, ImpairedPath

STEP_US = 10_000


def plan(impairment: Impairment, seed: int = 7, shared_rate_bps: int = 0) -> ImpairmentPlan:
    return ImpairmentPlan("", seed, shared_rate_bps, dict.fromkeys(MEDIA, impairment))


def run(path: ImpairedPath[int], count: int, user: str = "7", payload: bytes = b"x" * 100) -> list[tuple[int, int]]:
    """Send `count` packets a step apart; return (when it came out after it went in, its number) as they come."""
    coming = [
        due for number in range(count) for due in path.take(number * STEP_US, "audio", user, payload, number)
    ] + path.rest()
    return [(due.at_us - due.tag * STEP_US, due.tag) for due in sorted(coming, key=lambda due: due.at_us)]


def numbers(path: ImpairedPath[int], count: int, user: str = "7") -> list[int]:
    return [number for _, number in run(path, count, user)]


def test_nothing_asked_for_changes_nothing() -> None:
    path = ImpairedPath[int](plan(Impairment()), "out")
    assert run(path, 50) == [(0, number) for number in range(50)]
    assert path.counts == {"packets": 50}


def test_loss_is_the_share_asked_for_and_the_same_again() -> None:
    path = ImpairedPath[int](plan(Impairment(loss=0.05)), "out")
    arrived = numbers(path, 20_000)
    assert path.counts["lost"] == 20_000 - len(arrived) == pytest.approx(1000, rel=0.1)
    assert arrived == numbers(ImpairedPath(plan(Impairment(loss=0.05)), "out"), 20_000)
    assert arrived != numbers(ImpairedPath(plan(Impairment(loss=0.05), seed=8), "out"), 20_000)
    assert arrived != numbers(ImpairedPath(plan(Impairment(loss=0.05)), "in"), 20_000)


def test_all_lost_is_all_lost() -> None:
    assert numbers(ImpairedPath(plan(Impairment(loss=1, burst=4)), "out"), 100) == []


@pytest.mark.parametrize(("loss", "burst"), [(0.05, 4.0), (0.2, 10.0), (0.5, 2.0)])
def test_bursts_have_the_mean_length_asked_for(loss: float, burst: float) -> None:
    arrived = set(numbers(ImpairedPath(plan(Impairment(loss=loss, burst=burst)), "out"), 100_000))
    fates = [len(list(row)) for lost, row in groupby(number not in arrived for number in range(100_000)) if lost]
    assert sum(fates) / 100_000 == pytest.approx(loss, rel=0.1)
    assert sum(fates) / len(fates) == pytest.approx(burst, rel=0.1)


def test_other_effects_do_not_change_which_are_lost() -> None:
    some = Impairment(loss=0.05)
    more = replace(some, delay_us=80_000, jitter_us=5_000, duplicate=0.1, corrupt=0.1)
    assert set(numbers(ImpairedPath(plan(some), "out"), 2000)) == set(numbers(ImpairedPath(plan(more), "out"), 2000))


def test_streams_do_not_change_each_other() -> None:
    alone = numbers(ImpairedPath(plan(Impairment(loss=0.1)), "out"), 1000)
    path = ImpairedPath[int](plan(Impairment(loss=0.1)), "out")
    both = [
        (user, due.tag)
        for number in range(1000)
        for user in ("assigned", "other")
        for due in path.take(number * STEP_US, "audio", user, b"x", number)
    ]
    assert [number for user, number in both if user == "assigned"] == alone


def test_delay_and_jitter_keep_the_order() -> None:
    assert {late for late, _ in run(ImpairedPath(plan(Impairment(delay_us=80_000)), "out"), 100)} == {80_000}
    came = run(ImpairedPath(plan(Impairment(delay_us=80_000, jitter_us=20_000)), "out"), 5000)
    lates = [late for late, _ in came]
    assert [number for _, number in came] == list(range(5000))
    assert (min(lates) // 10_000, max(lates) // 10_000) == (6, 9)
    assert len(set(lates)) > 1000
    assert min(late for late, _ in run(ImpairedPath(plan(Impairment(jitter_us=20_000)), "out"), 100)) == 0


def test_a_reordered_packet_is_overtaken_by_one() -> None:
    path = ImpairedPath[int](plan(Impairment(reorder=0.1)), "out")
    came = numbers(path, 1000)
    assert sorted(came) == list(range(1000))
    swapped = [after for before, after in zip(came, came[1:], strict=False) if after < before]
    assert len(swapped) == path.counts["reordered"] == pytest.approx(95, rel=0.3)
    assert all(came[came.index(number) - 1] == number + 1 for number in swapped)


def test_the_last_one_is_not_held_for_ever() -> None:
    path = ImpairedPath[int](plan(Impairment(reorder=1)), "out")
    assert path.take(5, "audio", "7", b"x", 0) == []
    assert [due.tag for due in path.rest()] == [0]
    assert path.rest() == []


def test_doubled_packets_come_twice_in_a_row() -> None:
    path = ImpairedPath[int](plan(Impairment(duplicate=0.1)), "out")
    came = numbers(path, 1000)
    assert len(came) == 1000 + path.counts["duplicated"]
    assert path.counts["duplicated"] == pytest.approx(100, rel=0.3)
    assert came == sorted(came)


def test_a_corrupted_packet_differs_by_one_bit() -> None:
    path = ImpairedPath[int](plan(Impairment(corrupt=0.25)), "out")
    came = [path.take(number, "audio", "7", bytes(100), number)[0].payload for number in range(1000)]
    bits = [int.from_bytes(payload, "big").bit_count() for payload in came]
    assert set(bits) == {0, 1}
    assert sum(bits) == path.counts["corrupted"] == pytest.approx(250, rel=0.2)
    assert all(len(payload) == 100 for payload in came)
    assert path.take(0, "audio", "7", b"", 0)[0].payload == b""


def test_what_waits_too_long_for_the_rate_is_lost() -> None:
    # 100 bytes in 10 ms are 80 kb/s: half of it gets through at 40, a second late at most.
    path = ImpairedPath[int](plan(Impairment(rate_bps=40_000)), "out")
    came = run(path, 2000)
    assert len(came) == pytest.approx(1000, abs=60)
    assert max(late for late, _ in came) == pytest.approx(QUEUE_US, abs=20_000)
    assert came[0] == (20_000, 0)


def test_a_shared_rate_is_one_for_all_media() -> None:
    path = ImpairedPath[int](plan(Impairment(), shared_rate_bps=800_000), "out")
    dues = [path.take(0, medium, "7", b"x" * 100, 0)[0].at_us for medium in MEDIA]
    assert dues == [1000, 2000, 3000]
    own = ImpairedPath[int](plan(Impairment(rate_bps=800_000)), "out")
    assert [own.take(0, medium, "7", b"x" * 100, 0)[0].at_us for medium in MEDIA] == [1000, 1000, 1000]


def test_nothing_passes_in_an_outage() -> None:
    outages = (Outage(100_000, 50_000), Outage(300_000, 10_000))
    came = numbers(ImpairedPath(plan(Impairment(outages=outages)), "out"), 40)
    assert came == [*range(10), *range(15, 30), *range(31, 40)]
