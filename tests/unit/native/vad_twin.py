"""The naive twin of native/vad.c: lists and loops, one rule set after the other, nothing shared."""

from dataclasses import dataclass

from agora_cli.native.vad import Rules, VadConfig


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame."""

    far_field: int = 1
    voice_prob: int = 0
    rms: int = 80
    pitch: int = 0
    music_prob: int = 0


class Twin:
    """Judge frames one by one; `process` returns the state and the emitted frame numbers."""

    def __init__(self, rules: Rules, config: VadConfig) -> None:
        self.rules = rules
        self.config = config
        self.speaking = False
        self.queue: list[tuple[int, Heard, bool]] = []
        self.number = -1
        self.reference_rms = 0

    def process(self, frame: Heard) -> tuple[int, list[int]]:
        self.number += 1
        self.queue.append((self.number, frame, self.is_active(frame)))
        config = self.config
        if not self.speaking:
            del self.queue[: -(config.pre_start_recognize_count + config.start_recognize_count)]
            if not self.starts():
                return 0, []
            emitted = [number for number, _, _ in self.queue]
            self.reference_rms = self.mean_rms_of_run()
            self.speaking, self.queue = True, []
            return 1, emitted
        del self.queue[: -config.stop_recognize_count]
        if not self.stops():
            return 2, [self.number]
        self.speaking, self.queue = False, []
        return 3, [self.number]

    def is_active(self, frame: Heard) -> bool:
        config = self.config
        prob = config.stop_voice_prob if self.speaking else config.start_voice_prob
        rms = config.stop_rms_threshold if self.speaking else config.start_rms_threshold
        if self.rules == "2.1":
            return frame.far_field == 1 and frame.voice_prob > prob and frame.rms > rms
        if self.rules == "documented":
            return frame.voice_prob > prob and frame.rms - 127 > rms
        threshold = 127 + config.start_rms_threshold
        if config.adaptive_rms_threshold and self.reference_rms > 0:
            threshold = int(float(self.reference_rms) * config.adaptive_rms_factor)
        return frame.voice_prob == 1 or frame.rms > threshold

    def starts(self) -> bool:
        count, pre = self.config.start_recognize_count, self.config.pre_start_recognize_count
        active = [active for _, _, active in self.queue]
        if self.rules == "documented":
            return len(active) >= count and sum(active[-count:]) / count >= self.config.active_percent
        if len(active) < pre + count:
            return False
        if self.rules == "2.4":
            return len(self.run()) >= count
        silent = sum(1 for index, is_active in enumerate(active) if index > pre and not is_active)
        return (count - silent) / count >= self.config.active_percent

    def stops(self) -> bool:
        count = self.config.stop_recognize_count
        active = [active for _, _, active in self.queue]
        if len(active) < count:
            return False
        if self.rules == "2.4":
            return not any(active)
        silent = active.count(False) if self.rules == "documented" else active[1:].count(False)
        return silent / count >= self.config.inactive_percent

    def run(self) -> list[Heard]:
        """Return the active frames that end the queue; the 2.4 classes count beyond it, see mean_rms_of_run."""
        run: list[Heard] = []
        for _, frame, active in reversed(self.queue):
            if not active:
                break
            run.append(frame)
        return run

    def mean_rms_of_run(self) -> int:
        """Return the mean over the run: it cannot be longer than the queue, or it had fired before it was full."""
        run = self.run()
        return int(sum(frame.rms for frame in run) / len(run)) if run else 0
