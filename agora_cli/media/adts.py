"""AAC that says itself what it is: ADTS headers (ISO/IEC 13818-7 clause 6.2) from an AudioSpecificConfig."""

from dataclasses import dataclass

from agora_cli.errors import InputError
from agora_cli.frames import Bytes

HEADER_BYTES = 7
MAX_FRAME_BYTES = (1 << 13) - 1
_SBR, _PS = 5, 29
_LC = 2


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """What an ADTS header says: object type 1..4 (2 is LC), sampling frequency index 0..12, channels 1..7."""

    object_type: int
    rate_index: int
    channels: int


def read_audio_config(config: Bytes) -> AudioConfig:
    """Read an AudioSpecificConfig (ISO/IEC 14496-3 clause 1.6.2.1) of two bytes or more.

    HE-AAC is returned as the LC that it extends: decoders find the extension in the frames. Raises InputError for
    what ADTS cannot say: other object types, explicit rates, channels defined in the stream.
    """
    data = bytes(config)
    if len(data) < 2:
        raise InputError("malformed-media", f"AudioSpecificConfig: expected 2 bytes or more, got {len(data)}")
    object_type = data[0] >> 3
    rate_index = (data[0] & 7) << 1 | data[1] >> 7
    channels = data[1] >> 3 & 15
    if object_type in (_SBR, _PS):
        object_type = _LC
    if not 1 <= object_type <= 4 or rate_index > 12 or not 1 <= channels <= 7:
        raise InputError(
            "audio-codec",
            f"AAC of object type {object_type}, rate index {rate_index}, {channels} channels has no ADTS form",
            hint="without --audioCodec copy it is decoded to PCM",
        )
    return AudioConfig(object_type, rate_index, channels)


def pack_adts_header(config: AudioConfig, payload_bytes: int) -> bytes:
    """Return the 7 bytes before a raw AAC frame: MPEG-4, no CRC, buffer fullness not said (13818-7 clause 6.2.1)."""
    size = payload_bytes + HEADER_BYTES
    if size > MAX_FRAME_BYTES:
        raise InputError("malformed-media", f"AAC frame: expected at most {MAX_FRAME_BYTES} bytes, got {size}")
    return bytes(
        (
            0xFF,
            0xF1,
            (config.object_type - 1) << 6 | config.rate_index << 2 | config.channels >> 2,
            (config.channels & 3) << 6 | size >> 11,
            size >> 3 & 0xFF,
            (size & 7) << 5 | 0x1F,
            0xFC,
        )
    )
