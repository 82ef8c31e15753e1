from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.local.fences import FenceLane, Fences


def fences_of(*capacities: int) -> Fences:
    fences = Fences()
    fences.lanes += [FenceLane(str(number), capacity) for number, capacity in enumerate(capacities)]
    return fences


def test_it_acts_when_every_lane_has_met_it() -> None:
    done: list[str] = []
    fences = fences_of(8, 8)
    number = fences.raise_one(lambda: done.append("now"))
    fences.meet(fences.lanes[0], number)
    assert done == []
    fences.meet(fences.lanes[1], number)
    assert done == ["now"]
    fences.meet(fences.lanes[1], number)
    assert done == ["now"]


def test_a_forged_number_opens_nothing() -> None:
    done: list[str] = []
    fences = fences_of(8)
    number = fences.raise_one(lambda: done.append("now"))
    fences.meet(fences.lanes[0], number + 1)
    fences.meet(fences.lanes[0], 0)
    assert done == []


def test_one_that_was_pushed_out_has_passed_when_its_ring_went_by() -> None:
    done: list[str] = []
    fences = fences_of(3)
    (lane,) = fences.lanes
    fences.take(lane)
    fences.raise_one(lambda: done.append("now"))
    for _ in range(2):
        fences.take(lane)
    assert done == []
    fences.take(lane)
    assert done == ["now"]


@given(st.lists(st.sampled_from(["raise", "sample"]), max_size=60), st.integers(1, 5), st.integers(0, 60))
def test_each_acts_once_in_order_and_after_what_was_there(steps: list[str], capacity: int, flood: int) -> None:
    """A ring with a reader that starts late, against the list of what was put: nothing before a fence is overtaken."""
    fences = fences_of(capacity)
    (lane,) = fences.lanes
    ring: list[tuple[str, int]] = []
    taken: list[int] = []
    acted: list[tuple[int, set[int]]] = []

    def put(item: tuple[str, int]) -> None:
        ring.append(item)
        del ring[: max(0, len(ring) - capacity)]

    def raise_fence(order: int) -> None:
        before = {number for kind, number in ring if kind == "sample"}
        put(("fence", fences.raise_one(lambda: acted.append((order, before - set(taken))))))

    def read() -> None:
        kind, number = ring.pop(0)
        if kind == "fence":
            fences.meet(lane, number)
        else:
            taken.append(number)
            fences.take(lane)

    pushed_out: set[int] = set()
    for place, step in enumerate([*steps, *["sample"] * flood]):
        before = {number for kind, number in ring if kind == "sample"}
        raise_fence(place) if step == "raise" else put(("sample", place))
        pushed_out |= before - {number for kind, number in ring if kind == "sample"}
        if place % 3 == 2 and ring:
            read()
    for place in range(1000, 1000 + 2 * capacity + 1):
        put(("sample", place))
        while ring:
            read()
    assert [order for order, _ in acted] == [place for place, step in enumerate(steps) if step == "raise"]
    assert all(missing <= pushed_out for _, missing in acted)
