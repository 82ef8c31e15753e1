"""What a picture file holds, and how send-jpeg would show it."""

from pathlib import Path

from agora_cli.commands.inspect.report import FileReport, TrackReport
from agora_cli.errors import InputError
from agora_cli.media.stills.jpeg import JpegSplitter
from agora_cli.media.stills.picture import PictureDecoder, Shown, is_png, shown_size

# EXIF 2.32 4.6.4 as degrees clockwise after mirroring left to right.
_TURNS = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
_MIRRORED = (2, 4, 5, 7)


def inspect_still(path: str) -> FileReport:
    """Report a JPEG or PNG file, or several JPEGs behind each other.

    A picture of which only a part can be shown is reported with a fault. Raises InputError where nothing shows.
    """
    data = Path(path).read_bytes()
    shown, fault = _shown(path, data)
    width, height = shown_size(shown.header)
    kind, count = ("png", 1) if is_png(data) else ("jpeg", max(1, len(JpegSplitter().feed(data))))
    track = TrackReport(
        number=1,
        kind="picture",
        codec=kind,
        profile=None if kind == "png" else shown.header.process,
        width=width,
        height=height,
        rotation=_TURNS.get(shown.header.orientation, 0),
        mirrored=shown.header.orientation in _MIRRORED,
        packets=count,
        sending="send-jpeg: encoded" + (f"; {shown.remark}" if shown.remark else ""),
    )
    container = kind.upper() + (f", {count} behind each other" if count > 1 else " picture")
    return FileReport(path, container, len(data), 0.0, (track,), fault)


def _shown(path: str, data: bytes) -> tuple[Shown, str | None]:
    """Return what shows, and what is wrong where that is a part only."""
    decoder = PictureDecoder()
    try:
        return decoder.show(data), None
    except InputError:
        pass
    try:
        shown = decoder.show(data, lenient=True)
    except InputError as error:
        raise InputError("not-shown", f"{path}: {error.message}") from error
    return shown, f"{path}: {shown.remark}"
