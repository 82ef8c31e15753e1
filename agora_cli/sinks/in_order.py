"""Pictures in the order in which they are shown or decoded: what comes twice, or after a later one, is left out.

No container takes a picture whose time does not grow, and would lose all that follow it. Sound needs none of
this: a recording places it by its time.
"""

from dataclasses import dataclass, field, replace

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedVideo, RawVideo, send_time_us

# A clock that went back by more is another clock, no late picture.
LATEST_US = 5 * MICROSECONDS


@dataclass(slots=True)
class InOrder:
    """The newest picture of each user and kind."""

    _newest: dict[tuple[str, type], tuple[int, int]] = field(default_factory=dict)

    def admit(self, event: MediaReceived) -> MediaReceived | None:
        """Return the event to go on with, None for a picture that came too late.

        What was counted as missing stays missing when it comes late: its place is taken.
        """
        unit = event.unit
        if isinstance(unit, EncodedVideo | RawVideo):
            track, time_us = (event.user, type(unit)), send_time_us(unit)
            epoch, newest_us = self._newest.get(track, (None, 0))
            if epoch == event.epoch and newest_us - LATEST_US <= time_us <= newest_us:
                return None
            self._newest[track] = (event.epoch, time_us)
        return event if event.lost >= 0 else replace(event, lost=0)
