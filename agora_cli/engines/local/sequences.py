"""Count what is missing between the units of one sender and kind."""

from dataclasses import dataclass, field

from agora_cli.engines.local.wire import SEQ_MODULUS, Origin


@dataclass(slots=True)
class Sequences:
    """The next number expected for each (user, kind); a sender that joined after `since_epoch` is heard from 0."""

    since_epoch: int
    _next: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)

    def gap(self, origin: Origin) -> int:
        """Return how many units are missing right before this one, and expect the one after it."""
        track = (origin.user, origin.kind)
        epoch, expected = self._next.get(track, (None, 0))
        if epoch != origin.epoch:
            expected = 0 if origin.epoch > self.since_epoch else origin.seq
        self._next[track] = (origin.epoch, (origin.seq + 1) % SEQ_MODULUS)
        return (origin.seq - expected) % SEQ_MODULUS
