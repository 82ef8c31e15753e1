from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.local.sequences import MOST_MISSING, Sequences
from agora_cli.engines.local.wire import AUDIO, PCM, Origin


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
    assert sequences.gap(origin(2**31 - 1)) == 2**31 - 1
    assert [sequences.gap(origin(seq)) for seq in (5, 2**31 - 2 - MOST_MISSING, 2**31 - 1 - MOST_MISSING)] == [0, 0, -1]
