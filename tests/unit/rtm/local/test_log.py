"""rtm/local/log.py: the window, those who lag, those who are given up, what is trimmed and what answered."""

from hypothesis import given
from hypothesis import strategies as st

from agora_cli.rtm.local import log as module
from agora_cli.rtm.local.log import Log


def filled(count: int, size: int = 10) -> Log:
    log = Log()
    for number in range(1, count + 1):
        log.append(number.to_bytes(4, "big") + bytes(size - 4), number * 100)
    return log


def seqs(records: list[bytes]) -> list[int]:
    return [int.from_bytes(record[:4], "big") for record in records]


def test_without_readers_anything_goes_and_little_is_kept() -> None:
    log = Log()
    for number in range(1, 1001):
        assert log.may_append(0)
        log.append(bytes(32_000), number)
    assert log.head == 1000
    kept = log.head - log.first_seq + 1
    assert module.KEEP_BYTES <= kept * 32_100 <= 1.3 * module.KEEP_BYTES


def test_a_reader_that_keeps_up_holds_the_window_until_it_acks() -> None:
    log = filled(module.WINDOW_RECORDS)
    log.join("bob")
    assert not log.may_append(0)
    log.ack("bob", 1)
    assert log.may_append(0)


def test_the_window_counts_bytes_too() -> None:
    log = filled(17, 32_000)
    log.join("bob")
    assert not log.may_append(0)
    log.ack("bob", 5)
    assert log.may_append(0)


def test_a_reader_without_progress_lags_and_holds_nobody_until_it_is_back_in_the_window() -> None:
    log = filled(3000)
    log.join("bob")
    assert not log.may_append(0)
    assert not log.may_append(module.LAG_US - 1)
    assert log.may_append(module.LAG_US)
    log.ack("bob", 100)
    assert log.may_append(module.LAG_US + 1)
    log.ack("bob", 2999)
    for number in range(module.WINDOW_RECORDS):
        log.append(number.to_bytes(4, "big"), number)
    assert not log.may_append(module.LAG_US + 2)


def test_waiting_is_counted_from_when_the_window_closed_not_from_the_last_ack() -> None:
    log = Log()
    log.join("bob")
    for _ in range(module.WINDOW_RECORDS):
        log.append(b"", 0)
    assert not log.may_append(3_600_000_000)


def test_a_full_log_waits_for_who_lags_then_gives_it_up() -> None:
    log = filled(module.WINDOW_RECORDS)
    log.join("bob")
    assert not log.may_append(0)
    now_us = module.LAG_US
    while log.may_append(now_us):
        log.append(bytes(32_000), now_us)
    assert log.head * 32_100 >= module.MAX_BYTES
    assert log.first_seq == 1
    assert not log.may_append(module.STALL_US - 1)
    assert log.may_append(module.STALL_US)
    assert "bob" not in log.readers


def test_who_is_away_holds_the_log_but_not_the_window_and_is_forgotten_in_time() -> None:
    log = filled(5000)
    log.join("bob")
    log.leave("bob", 0)
    assert log.may_append(1)
    assert not log.is_taken()
    assert log.may_append(module.AWAY_US)
    assert log.is_taken()


def test_who_comes_back_is_not_forgotten() -> None:
    log = filled(10)
    log.join("bob")
    log.leave("bob", 0)
    log.join("bob")
    log.forget("bob")
    assert "bob" in log.readers
    log.leave("bob", 0)
    log.forget("bob")
    assert "bob" not in log.readers


def test_acks_never_go_back_or_beyond() -> None:
    log = filled(10)
    log.join("bob")
    for seq in (7, 3, 11):
        log.ack("bob", seq)
        assert log.readers["bob"].acked == 7
    log.ack("stranger", 10)
    assert "stranger" not in log.readers


def test_answers_from_a_seq_and_from_a_moment() -> None:
    log = filled(10)
    assert seqs(log.answer(4, 0).records) == [4, 5, 6, 7, 8, 9, 10]
    answer = log.answer(1, 450)
    assert (answer.due, answer.first, answer.head) == (5, 5, 10)
    assert seqs(answer.records) == [5, 6, 7, 8, 9, 10]
    nothing = log.answer(1, 5000)
    assert (nothing.due, nothing.first, nothing.records) == (11, 11, [])


def test_an_answer_is_cut_to_size_but_has_one_record_at_least() -> None:
    assert len(filled(5000).answer(1, 0).records) == module.REPLY_RECORDS
    large = filled(20, 32_000).answer(1, 0).records
    assert 1 <= len(large) <= module.REPLY_BYTES // 32_000
    assert len(filled(2, 2 * module.REPLY_BYTES).answer(1, 0).records) == 1


def test_what_is_trimmed_is_named() -> None:
    log = Log()
    for number in range(1, 401):
        log.may_append(0)
        log.append(number.to_bytes(4, "big") + bytes(32_000), number * 100)
    gone = log.first_seq - 1
    assert gone > 0
    by_seq = log.answer(1, 0)
    assert (by_seq.due, by_seq.first) == (1, log.first_seq)
    since_before = log.answer(1, gone * 100)
    assert (since_before.due, since_before.first) == (gone, log.first_seq)
    since_after = log.answer(1, gone * 100 + 1)
    assert (since_after.due, since_after.first) == (log.first_seq, log.first_seq)


@given(st.lists(st.one_of(st.integers(0, 70_000), st.just("ack")), max_size=200))
def test_never_trims_what_a_present_reader_has_not_taken(steps: list[object]) -> None:
    log = Log()
    log.join("bob")
    acked = 0
    for step in steps:
        if step == "ack":
            acked = log.head
            log.ack("bob", acked)
        else:
            assert isinstance(step, int)
            log.may_append(0)
            log.append(bytes(step), 0)
        assert log.first_seq <= acked + 1
        assert len(log.answer(acked + 1, 0).records) > 0 or acked == log.head
