"""The exact samples of OGG/Vorbis: FFmpeg's own trimming is up to a block of 256 off at its end."""

from collections.abc import Iterable, Iterator
from typing import Any

# The longest block that Vorbis has; what lies further behind the end belongs to a stream chained behind this one.
MAX_BLOCK_SAMPLES = 8192
# Makes a decoder give all that it has: the first packet's useless half block, and what lies behind the end.
UNTRIMMED = {"flags2": "+skip_manual"}


def vorbis_samples(container: Any, stream: Any) -> int | None:
    """Return the samples per channel that the last page's granule position says (Vorbis I appendix A.2).

    None for everything but Vorbis in an OGG file whose first page begins at 0: there nothing says it better than
    FFmpeg.
    """
    if container.format.name != "ogg" or stream.codec_context.name != "vorbis" or not stream.duration:
        return None
    return int(stream.duration) if not stream.start_time else None


def exact_end(chunks: Iterable[bytes], end_bytes: int, block_bytes: int) -> Iterator[bytes]:
    """Yield the decoder's untrimmed chunks without the first one, and without what lies behind the end.

    When more than a block follows it was not the end: then nothing is left out.
    """
    held, given = b"", 0
    limit: int | None = end_bytes
    for number, chunk in enumerate(chunks):
        if number == 0:
            continue
        if limit is not None and given + len(chunk) > limit:
            held += chunk[limit - given :]
            chunk = chunk[: limit - given]
            if len(held) > MAX_BLOCK_SAMPLES * block_bytes:
                chunk, held, limit = chunk + held, b"", None
        given += len(chunk)
        if chunk:
            yield chunk
