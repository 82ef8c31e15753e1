"""Where received sound belongs in a recording: one continuous axis from units with gaps and restarts.

Within one epoch of a sender its own media clock decides, exact to the sample. Between epochs (the sender
left and came back, its clock began anew) the local arrival times decide, good to the channel's latency.
"""

from dataclasses import dataclass

from agora_cli.frames import MICROSECONDS

# A jump of the media clock that arrival times do not show is a fault of the sender, not missing sound.
MAX_UNSEEN_GAP_US = 60 * MICROSECONDS


@dataclass(slots=True)
class Timeline:
    """Turn (epoch, pts, arrival) into the silence to insert before a unit.

    The state after each unit: which epoch, which sample of the media clock comes next, and when it came.
    `sample_rate_hz` is fixed for the life of a timeline.
    """

    sample_rate_hz: int
    _epoch: int | None = None
    _next_sample: int = 0
    _next_at_us: int = 0

    def silence_before(self, epoch: int, pts_us: int, at_us: int, samples: int) -> int:
        """Return the missing samples right before a unit of `samples`, and take the unit in.

        A negative number means that the unit's first samples are on the timeline already: the clock went
        back, or a unit came twice. Its magnitude may exceed `samples`.
        """
        first_sample = round(pts_us * self.sample_rate_hz / MICROSECONDS)
        gap = 0
        if self._epoch is not None:
            waited_us = max(0, at_us - self._next_at_us)
            gap = first_sample - self._next_sample
            unseen_us = abs(gap) * MICROSECONDS // self.sample_rate_hz - waited_us
            if epoch != self._epoch or unseen_us > MAX_UNSEEN_GAP_US:
                gap = waited_us * self.sample_rate_hz // MICROSECONDS
        self._epoch = epoch
        self._next_sample = max(first_sample + samples, self._next_sample if gap < 0 else 0)
        self._next_at_us = at_us + samples * MICROSECONDS // self.sample_rate_hz
        return gap
