"""media/presentation_order.py against sorting the whole stream."""

from hypothesis import given
from hypothesis import strategies as st

from agora_cli.media.presentation_order import MAX_GROUP, Placed, PresentationOrder, reorder_depth


def place(pocs: list[tuple[int, int | None]], reorders: bool = True) -> list[Placed[int]]:
    order: PresentationOrder[int] = PresentationOrder()
    placed = [p for i, (epoch, poc) in enumerate(pocs) for p in order.push(0, epoch, poc, i, reorders)]
    return placed + order.flush()


@st.composite
def coded_groups(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    """Return (epoch, poc) of a stream of groups: an anchor, then what is shown before it, in any order."""
    pictures: list[tuple[int, int | None]] = []
    for epoch in range(draw(st.integers(1, 3))):
        first = 0
        for size in draw(st.lists(st.integers(1, 6), min_size=1, max_size=6)):
            pocs = range(first, first + 2 * size, 2)
            before = draw(st.permutations(pocs[:-1]))
            pictures += [(epoch, poc) for poc in (pocs[-1], *before)]
            first += 2 * size
    return pictures


@given(coded_groups())
def test_places_are_those_of_the_sorted_stream(pictures: list[tuple[int, int | None]]) -> None:
    placed = place(pictures)
    assert [p.picture for p in placed] == [p.decoded for p in placed] == list(range(len(pictures)))
    ranks = {index: rank for rank, index in enumerate(sorted(range(len(pictures)), key=lambda i: pictures[i]))}
    assert [p.shown for p in placed] == [ranks[p.picture] for p in placed]


@given(st.lists(st.tuples(st.integers(0, 2), st.none() | st.integers(-40, 40)), max_size=200), st.booleans())
def test_any_stream_gets_each_place_once(pictures: list[tuple[int, int | None]], reorders: bool) -> None:
    placed = place(pictures, reorders)
    assert [p.decoded for p in placed] == list(range(len(pictures)))
    assert sorted(p.shown for p in placed) == list(range(len(pictures)))


def test_a_picture_waits_for_its_group_only() -> None:
    order: PresentationOrder[str] = PresentationOrder()
    assert order.push(0, 0, 0, "I") == []
    assert order.push(0, 0, 8, "P") == [Placed("I", 0, 0)]
    assert order.push(0, 0, 4, "B") == []
    assert order.push(0, 0, 2, "b") == []
    assert order.push(0, 0, 16, "P2") == [Placed("P", 1, 3), Placed("B", 2, 2), Placed("b", 3, 1)]
    assert order.flush() == [Placed("P2", 4, 4)]


def test_a_stream_that_cannot_reorder_does_not_wait() -> None:
    order: PresentationOrder[int] = PresentationOrder()
    assert [order.push(0, 0, 2 * i, i, reorders=False) for i in range(3)] == [[Placed(i, i, i)] for i in range(3)]


def test_a_new_run_is_shown_behind_the_one_before() -> None:
    order: PresentationOrder[str] = PresentationOrder()
    order.push(0, 5, 100, "last")
    assert order.push(1, 0, 0, "first") == [Placed("last", 0, 0)]


def test_a_group_without_end_is_cut() -> None:
    placed = place([(0, 1000), *((0, n) for n in range(2 * MAX_GROUP))])
    assert len(placed) == 2 * MAX_GROUP + 1


def test_depth_is_how_far_decoding_runs_ahead() -> None:
    assert reorder_depth([]) == 0
    assert reorder_depth(place([(0, 0), (0, 2), (0, 4)])) == 0
    assert reorder_depth(place([(0, 0), (0, 8), (0, 4), (0, 2), (0, 6)])) == 2
