"""The media time of received frames: the sender's own clock, or one that is kept here for senders without any.

Clients that push without presentation time arrive with 0 on every frame (the SDK's loopback sample says so of
its 10 ms pushes). Their sound is placed by counting samples, their pictures by the capture time where they have
one; arrival moves a track only when it leaves a window that no jitter explains.
"""

from dataclasses import dataclass

from agora_cli.frames import MICROSECONDS, Track

MILLISECOND_US = 1000
# Two tracks of one sender start within this time of each other.
START_US = 200_000
# Sound that comes later than this after the sound before it is a pause, not jitter.
PAUSE_US = 200_000
# A capture clock this far from arrival was set anew: no network delays a picture that long and shows it.
CLOCK_JUMP_US = 2 * MICROSECONDS
TRACKS: tuple[Track, ...] = ("audio", "video")


@dataclass(slots=True)
class _Course:
    """One track so far. Media time minus arrival is `lead_us` for the frame that came soonest of all.

    The next sound without a time of its own begins `samples` after `base_us`: counted, so that no rounding adds up.
    `shift_us` is media time minus the frames' other clock (a picture's capture, the moment a sound is rendered; of the
    frame that came soonest by it), None where none was seen.
    """

    lead_us: int
    base_us: int
    samples: int = 0
    rate_hz: int = 1
    shift_us: int | None = None

    def next_us(self) -> int:
        return self.base_us + self.samples * MICROSECONDS // self.rate_hz


class MediaClock:
    """Place the frames of all users of one connection; times are microseconds, arrival is the monotonic clock's."""

    def __init__(self) -> None:
        self._courses: dict[tuple[str, Track], _Course] = {}
        self._newest_us: dict[str, int] = {}
        self._with_clock: set[str] = set()

    def forget(self, user: str) -> None:
        """Begin anew with a user who has joined (again)."""
        self._newest_us.pop(user, None)
        self._with_clock.discard(user)
        for track in TRACKS:
            self._courses.pop((user, track), None)

    def newest_us(self, user: str) -> int:
        """Return the media time of a user's newest frame, 0 before the first."""
        return self._newest_us.get(user, 0)

    def sound_us(
        self, user: str, at_us: int, presentation_ms: int, samples: int, rate_hz: int, render_ms: int = 0
    ) -> int:
        """Return the media time of a frame of `samples` per channel that arrived at `at_us`.

        `render_ms` is the SDK's own clock at the frame, 0 for none: a stall of this process shows in the arrival alone.
        """
        course = self._courses.get((user, "audio"))
        timed = self._has_time(user, "audio", at_us, presentation_ms)
        if timed:
            pts_us = presentation_ms * MILLISECOND_US
        elif course is None:
            pts_us = self._position_us(user, at_us)
        else:
            pts_us = course.next_us()
            late_us = _late_us(course, pts_us, at_us, render_ms * MILLISECOND_US)
            if late_us > PAUSE_US:
                timed, pts_us = True, pts_us + late_us
        lead_us = _lead_us(course, pts_us - at_us)
        if course is None or timed or course.rate_hz != rate_hz:
            shift_us = course.shift_us if course is not None else None
            course = self._courses[user, "audio"] = _Course(lead_us, pts_us, rate_hz=rate_hz, shift_us=shift_us)
        # Frames that come faster than real time, as a jitter buffer gives its first, are sound: the lead grows.
        course.lead_us = lead_us
        if render_ms > 0:
            shift_us = pts_us - render_ms * MILLISECOND_US
            known_us = course.shift_us if course.shift_us is not None else shift_us
            course.shift_us = shift_us if abs(shift_us - known_us) > CLOCK_JUMP_US else max(shift_us, known_us)
        course.samples += samples
        self._newest_us[user] = pts_us
        return pts_us

    def picture_us(self, user: str, at_us: int, presentation_ms: int, clock_ms: int) -> int:
        """Return the media time of a picture; `clock_ms` is any clock that ran along with it, 0 for none."""
        course = self._courses.get((user, "video"))
        clock_us = clock_ms * MILLISECOND_US
        shift_us = course.shift_us if course is not None else None
        pts_us = at_us + course.lead_us if course is not None else self._position_us(user, at_us)
        if self._has_time(user, "video", at_us, presentation_ms):
            pts_us = presentation_ms * MILLISECOND_US
        elif clock_us > 0 and shift_us is not None and abs(clock_us + shift_us - pts_us) <= CLOCK_JUMP_US:
            pts_us = clock_us + shift_us
        if clock_us > 0:
            shift_us = pts_us - clock_us
        self._courses[user, "video"] = _Course(_lead_us(course, pts_us - at_us), pts_us, shift_us=shift_us)
        self._newest_us[user] = pts_us
        return pts_us

    def _has_time(self, user: str, track: Track, at_us: int, presentation_ms: int) -> bool:
        """Tell whether a presentation time is one: 0 may be the start of a track, or a sender without a clock."""
        if presentation_ms > 0:
            self._with_clock.add(user)
            return True
        first = (user, track) not in self._courses
        early = user in self._with_clock or self._position_us(user, at_us) < START_US
        return presentation_ms == 0 and first and early

    def _position_us(self, user: str, at_us: int) -> int:
        """Return where a user's media is at a moment, 0 before the first frame."""
        leads_us = [course.lead_us for track in TRACKS if (course := self._courses.get((user, track)))]
        return at_us + max(leads_us) if leads_us else 0


def _lead_us(course: _Course | None, lead_us: int) -> int:
    """Return the lead of the promptest frame, of this one alone after the clock was set anew."""
    if course is None or abs(lead_us - course.lead_us) > CLOCK_JUMP_US:
        return lead_us
    return max(lead_us, course.lead_us)


def _late_us(course: _Course, pts_us: int, at_us: int, render_us: int) -> int:
    """Return how late sound is that continues at `pts_us`: by arrival, or by the render clock where that says less."""
    late_us = at_us + course.lead_us - pts_us
    if render_us <= 0 or course.shift_us is None:
        return late_us
    by_clock_us = render_us + course.shift_us - pts_us
    return min(late_us, by_clock_us) if late_us - by_clock_us <= CLOCK_JUMP_US else late_us
