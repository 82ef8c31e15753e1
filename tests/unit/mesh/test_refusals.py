from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.mesh.refusals import MOST_SENDERS, NOBODY, Refusals


@given(st.lists(st.tuples(st.sampled_from(["7", "8", ""]), st.sampled_from(["wire-value", "wire-length"]))))
def test_each_packet_counts_and_each_kind_is_told_once(packets: list[tuple[str, str]]) -> None:
    told: list[tuple[str, str]] = []
    refusals = Refusals(lambda sender, reason: told.append((sender, reason)))
    for sender, reason in packets:
        refusals.note(sender, InputError(reason, "no"))
    counts = refusals.counts()
    flat = {(sender, reason): count for sender, row in counts.items() for reason, count in row.items()}
    assert flat == {pair: packets.count(pair) for pair in set(packets)}
    assert told == list(dict.fromkeys(packets))


def test_forged_senders_fill_no_memory() -> None:
    refusals = Refusals(lambda sender, reason: None)
    for number in range(MOST_SENDERS + 1000):
        refusals.note(str(number), InputError("wire-value", "no"))
    counts = refusals.counts()
    assert len(counts) == MOST_SENDERS + 1
    assert counts[NOBODY] == {"wire-value": 1000}
