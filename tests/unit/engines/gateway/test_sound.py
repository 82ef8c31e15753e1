"""engines/gateway/sound.py: 48 kHz packets, counted in samples, pauses kept."""

import pytest

from agora_cli.engines.gateway.sound import GatewaySound, SoundEncoder
from agora_cli.frames import EncodedAudio, PcmFrame


def frames(rate_hz: int, channels: int, count: int, start_us: int = 0) -> list[PcmFrame]:
    samples = rate_hz // 100
    return [PcmFrame(start_us + n * 10_000, rate_hz, channels, bytes(samples * 2 * channels)) for n in range(count)]


@pytest.mark.parametrize("codec", ["opus", "aac"])
@pytest.mark.parametrize(("rate_hz", "channels"), [(16000, 1), (44100, 2), (48000, 2)])
def test_packets_follow_each_other_without_a_hole(codec: GatewaySound, rate_hz: int, channels: int) -> None:
    encoder = SoundEncoder(codec)
    packets = [packet for frame in frames(rate_hz, channels, 100) for packet in encoder.encode(frame)]
    times = [packet.pts for packet in [*packets, *encoder.finish()]]
    size = 960 if codec == "opus" else 1024
    assert {late - early for early, late in zip(times, times[1:], strict=False)} == {size}
    assert 48000 - size <= times[-1] <= 48000


def test_a_pause_of_the_sender_stays_a_pause() -> None:
    encoder = SoundEncoder("opus")
    given = frames(48000, 1, 50) + frames(48000, 1, 50, 1_000_000)
    times = [packet.pts for frame in given for packet in encoder.encode(frame)]
    gaps = [late - early for early, late in zip(times, times[1:], strict=False) if late - early != 960]
    assert gaps == [24960]


def test_compressed_sound_is_decoded_first() -> None:
    encoder, again = SoundEncoder("opus"), SoundEncoder("aac")
    packets = [packet for frame in frames(48000, 2, 100) for packet in encoder.encode(frame)]
    found = []
    for number, packet in enumerate(packets):
        found += again.encode(EncodedAudio(number * 20_000, "opus", 48000, 2, 960, bytes(packet)))
    assert len(found) >= 40


def test_nothing_in_gives_nothing_out() -> None:
    assert list(SoundEncoder("aac").finish()) == []
