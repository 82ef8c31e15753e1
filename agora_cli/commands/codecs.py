"""agora codecs"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from typer import Option

from agora_cli.errors import UsageError
from agora_cli.native.codec import CHANNEL_CODECS, DIRECTIONS, Choice, Direction, choose, codec_name
from agora_cli.options.output import OutputOptions
from agora_cli.terminal.console import Console

DirectionName = Literal["send", "receive"]
AV1_RULE = (
    "AV1's border of 360 lines is the documented rule, kept by our encoder; the SDK's own (--codec raw --sdkCodec av1)"
    " has none, as its package sets che.video.min_enc_level=0"
)
# Around the border at 360 lines, upright and turned, and what people use.
SIZES = ((320, 180), (640, 360), (360, 640), (642, 361), (361, 642), (1280, 720), (720, 1280), (1920, 1080))


@dataclass(frozen=True, slots=True)
class Question:
    """One cell of the matrix."""

    requested: str
    direction: Direction
    width: int
    height: int
    encoded: bool

    def answer(self, encoders: tuple[str, ...]) -> Choice:
        """Ask the core, for a machine with these encoders."""
        encoded = self.requested if self.encoded else None
        return choose(self.requested, self.direction, self.width, self.height, encoded=encoded, encoders=encoders)


def run(
    output: OutputOptions,
    codec: Annotated[str, Option("--codec", help="h264, h265, vp8, vp9 or av1.", metavar="CODEC")] = "",
    width: Annotated[int | None, Option("--width", help="Of the picture, in pixels.", metavar="N")] = None,
    height: Annotated[int | None, Option("--height", help="Of the picture, in pixels.", metavar="N")] = None,
    direction: Annotated[DirectionName | None, Option("--direction", help="Default: send; both in the matrix.")] = None,
    encoded: Annotated[bool, Option("--encoded", help="The input is in that codec already.")] = False,
) -> int:
    """Show which codec travels for which wish, and what this machine can encode.

    \b
    Examples:
      agora codecs
      agora codecs --codec av1 --width 320 --height 180
      agora codecs --codec h265 --width 1280 --height 720 --encoded --json

    With --codec, --width and --height one answer; otherwise the matrix, around the border that AV1 has at
    360 lines on the shorter side.
    """
    from agora_cli.media.encode import available_encoders

    console = output.console()
    encoders = available_encoders()
    if (width is None) != (height is None):
        raise UsageError("picture-size", "--width and --height go together")
    if width is not None and height is not None and (width < 1 or height < 1):
        raise UsageError("picture-size", f"--width and --height must be 1 or more, got {width}x{height}")
    requested = codec_name(codec) if codec else None
    if requested is not None and width is not None and height is not None:
        question = Question(requested, direction or "send", width, height, encoded)
        _print_one(console, question, question.answer(encoders))
        return 0
    sizes = SIZES if width is None or height is None else ((width, height),)
    questions = [
        Question(name, way, *size, encoded)
        for name in ([requested] if requested else CHANNEL_CODECS)
        for way in ([direction] if direction else DIRECTIONS)
        for size in sizes
    ]
    _print_matrix(console, questions, encoders)
    return 0


def row(question: Question, choice: Choice) -> dict[str, Any]:
    """Return one cell as --json prints it."""
    return {
        "requested": question.requested,
        "direction": question.direction,
        "width": question.width,
        "height": question.height,
        "codec": choice.codec,
        "action": choice.action,
        "reason": choice.reason,
    }


def _print_one(console: Console, question: Question, choice: Choice) -> None:
    if console.json_output:
        console.result({"ok": True} | row(question, choice))
    else:
        console.line(f"{choice.action} {choice.codec or question.requested}: {choice.reason}")


def _print_matrix(console: Console, questions: list[Question], encoders: tuple[str, ...]) -> None:
    from agora_cli.media.encode import LIBRARIES

    rows = [row(question, question.answer(encoders)) for question in questions]
    if console.json_output:
        console.result({"ok": True, "choices": rows, "encoders": list(encoders)})
        return
    cells: dict[tuple[str, str, str, str], list[str]] = {}
    for cell in rows:
        key = (cell["requested"], cell["direction"], f"{cell['action']} {cell['codec'] or ''}".strip(), cell["reason"])
        cells.setdefault(key, []).append(f"{cell['width']}x{cell['height']}")
    every = len({(cell["width"], cell["height"]) for cell in rows})
    table = [
        [requested, way, "any size" if len(sizes) == every else ", ".join(sizes), what, reason]
        for (requested, way, what, reason), sizes in cells.items()
    ]
    console.table(["codec", "direction", "size", "action", "why"], table)
    here = ", ".join(f"{name} ({LIBRARIES[name].name})" for name in LIBRARIES if name in encoders)
    if any(question.requested == "av1" for question in questions):
        console.line(AV1_RULE)
    console.line(f"encoders on this machine: {here or 'none'}")
