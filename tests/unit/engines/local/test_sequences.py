import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.local.sequences import MAX_DROPOUT, MOST_MISSING, Sequences
from agora_cli.engines.local.wire import AUDIO, PCM, Origin
from agora_cli.errors import InputError


def origin(seq: int, user: str = "a", kind: int = PCM, epoch: int = 5) -> Origin:
    return Origin(kind, epoch, seq, 0, user, 0)


@given(st.sets(st.integers(0, 200), min_size=1))
def test_the_gaps_add_up_to_what_is_missing(arrived: set[int]) -> None:
    sequences = Sequences(since_epoch=1)
    gaps = sum(sequences.gap(origin(seq)) for seq in sorted(arrived))
    assert gaps == max(arrived) + 1 - len(arrived)


def test_who_was_there_before_us_is_counted_from_its_first_unit_on() -> None:
    sequences = Sequences(since_epoch=9)
    assert (sequences.before(origin(70)), sequences.gap(origin(70))) == (70, 0)
    assert sequences.before(origin(71)) == 0
    assert sequences.gap(origin(73)) == 2


def test_users_kinds_and_epochs_are_apart() -> None:
    sequences = Sequences(since_epoch=1)
    assert [sequences.gap(origin(0)), sequences.gap(origin(0, "b")), sequences.gap(origin(0, kind=AUDIO))] == [0, 0, 0]
    assert sequences.gap(origin(2, epoch=6)) == 2
    assert sequences.gap(origin(1)) == 1


def test_numbers_wrap_at_32_bits() -> None:
    sequences = Sequences(since_epoch=9)
    assert sequences.gap(origin(2**32 - 1)) == 0
    assert sequences.gap(origin(0)) == 0
    assert sequences.gap(origin(2)) == 1


@given(st.permutations(range(40)), st.lists(st.integers(0, 39), max_size=10))
def test_late_and_doubled_units_leave_nothing_missing(order: list[int], again: list[int]) -> None:
    sequences = Sequences(since_epoch=1)
    assert sum(sequences.gap(origin(seq)) for seq in [*order, *again]) == 0


def test_a_double_is_no_loss_of_four_milliards() -> None:
    sequences = Sequences(since_epoch=1)
    assert [sequences.gap(origin(seq)) for seq in (0, 0, 3, 1, 1, 0, 4)] == [0, 0, 2, -1, 0, 0, 0]


def test_what_is_remembered_as_missing_is_bounded() -> None:
    sequences = Sequences(since_epoch=1)
    assert sequences.gap(origin(MAX_DROPOUT)) == MAX_DROPOUT
    late = (5, MAX_DROPOUT - 1 - MOST_MISSING, MAX_DROPOUT - MOST_MISSING)
    assert [sequences.gap(origin(seq)) for seq in late] == [0, 0, -1]


def test_a_forged_number_is_refused_and_changes_nothing() -> None:
    sequences = Sequences(since_epoch=1)
    assert sequences.gap(origin(0)) == 0
    for forged in (2**31 - 1, MAX_DROPOUT + 2, 2**30):
        with pytest.raises(InputError, match=f"number {forged} of user a, expected 1"):
            sequences.gap(origin(forged))
    assert [sequences.gap(origin(seq)) for seq in (1, 3)] == [0, 1]


def test_a_sender_that_goes_on_far_ahead_is_believed_with_its_second_unit() -> None:
    sequences = Sequences(since_epoch=1)
    assert sequences.gap(origin(0)) == 0
    with pytest.raises(InputError):
        sequences.gap(origin(10**6))
    assert [sequences.gap(origin(seq)) for seq in (10**6 + 1, 10**6 + 2, 10**6 + 4)] == [0, 0, 1]
