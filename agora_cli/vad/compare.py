"""Two runs on the same sound side by side: what one hears and the other does not."""

from dataclasses import dataclass

from agora_cli.vad.segments import Segment


@dataclass(frozen=True, slots=True)
class Difference:
    """One row: the segments of either run that share sound, in time order; one side may be empty."""

    ours: tuple[Segment, ...]
    theirs: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """Say in words how the two sides differ."""
        if not self.ours:
            return "only in B"
        if not self.theirs:
            return "only in A"
        if len(self.ours) > len(self.theirs):
            return f"A cuts it into {len(self.ours)}" + (f", B into {len(self.theirs)}" if len(self.theirs) > 1 else "")
        if len(self.theirs) > len(self.ours):
            return f"B cuts it into {len(self.theirs)}" + (f", A into {len(self.ours)}" if len(self.ours) > 1 else "")
        start = self.theirs[0].decided_frame - self.ours[0].decided_frame
        stop = self.theirs[-1].end_frame - self.ours[-1].end_frame
        parts = [_shift("starts", start), _shift("stops", stop)]
        return "B " + " and ".join(part for part in parts if part) if any(parts) else "the same"


def compare(ours: tuple[Segment, ...], theirs: tuple[Segment, ...]) -> tuple[Difference, ...]:
    """Return groups of segments whose emitted sound overlaps across the two runs, in time order."""
    tagged = sorted(
        [(segment.start_frame, 0, segment) for segment in ours]
        + [(segment.start_frame, 1, segment) for segment in theirs],
        key=lambda item: item[:2],
    )
    groups: list[tuple[list[Segment], list[Segment]]] = []
    reach = -1
    for start, side, segment in tagged:
        if start >= reach or not groups:
            groups.append(([], []))
        groups[-1][side].append(segment)
        reach = max(reach, segment.end_frame)
    return tuple(Difference(tuple(left), tuple(right)) for left, right in groups)


def _shift(verb: str, frames: int) -> str:
    return f"{verb} {abs(frames) * 10} ms {'later' if frames > 0 else 'earlier'}" if frames else ""
