"""media/probe/signal.py: the defaults are whole frames."""

from agora_cli.frames import MICROSECONDS
from agora_cli.media.probe.signal import FRAME_US, RATE_HZ, ProbeSignal


def test_a_frame_is_a_whole_number_of_samples() -> None:
    assert RATE_HZ * FRAME_US % MICROSECONDS == 0
    assert ProbeSignal(0, 1).width % 2 == ProbeSignal(0, 1).height % 2 == 0
