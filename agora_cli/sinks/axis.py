"""Where received media belongs in a recording: one axis from units with gaps, and across restarts of a clock.

Within one epoch of a sender its own media clock decides, exact to the sample. Between epochs (the sender
left and came back, its clock began anew) the local arrival times decide, good to the channel's latency.
"""

from dataclasses import dataclass

from agora_cli.frames import MICROSECONDS


@dataclass(slots=True)
class MediaAxis:
    """Map (epoch, pts, arrival) to microseconds from the axis's origin; both tracks of a user share it.

    The first epoch keeps its own clock, shifted so that `origin_us` of it is 0; a later one is placed by
    the arrival of its first unit, and goes on by its own clock from there.
    """

    origin_us: int
    _epoch: int | None = None
    _shift_us: int = 0
    _first_at_us: int = 0

    def place(self, epoch: int, time_us: int, at_us: int) -> int:
        """Return where `time_us` of the sender's media clock is on the axis; `at_us` is when it arrived."""
        if epoch != self._epoch:
            if self._epoch is None:
                self._shift_us, self._first_at_us = -self.origin_us, at_us
            else:
                self._shift_us = at_us - self._first_at_us - time_us
            self._epoch = epoch
        return time_us + self._shift_us


# A jump of the media clock that arrival times do not show is a fault of the sender, not missing sound.
MAX_UNSEEN_GAP_US = 60 * MICROSECONDS
# So many times what came may be missing in a stream that is faster than its clock; beyond, its clock is not believed.
MAX_UNSEEN_RATIO = 10


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
    _taken_us: int = 0
    _unseen_us: int = 0

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
            allowed_us = MAX_UNSEEN_GAP_US + MAX_UNSEEN_RATIO * self._taken_us - self._unseen_us
            if epoch != self._epoch or unseen_us > min(MAX_UNSEEN_GAP_US, allowed_us):
                gap = waited_us * self.sample_rate_hz // MICROSECONDS
            elif gap > 0:
                self._unseen_us += max(0, unseen_us)
        self._epoch = epoch
        self._next_sample = max(first_sample + samples, self._next_sample if gap < 0 else 0)
        self._next_at_us = at_us + samples * MICROSECONDS // self.sample_rate_hz
        self._taken_us += samples * MICROSECONDS // self.sample_rate_hz
        return gap
