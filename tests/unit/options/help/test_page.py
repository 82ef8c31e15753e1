"""page.py: what is left out, and in which order, until a help text fits the screen."""

from dataclasses import replace

import pytest
from typer._click.formatting import HelpFormatter

from agora_cli.options.help.page import FEWEST_EXAMPLES, Page, Row, fitting, shapes

OWN = tuple(Row(f"--own{number} N", f"Does {number}.", "[default: 1]") for number in range(12))
SHARED = (Row("-c, --channelId NAME", "Channel name."), Row("--report / --noReport", "A long text. " * 9))
PAGE = Page(
    "Usage: agora x\n",
    "Do it.",
    tuple(f"agora x {number}" for number in range(5)),
    ("First paragraph.", "Second paragraph."),
    (("Options", OWN), ("Limits", SHARED), ("Output", (Row("--json", "As JSON."),))),
    "The end.",
)


def fit(lines: int, page: Page = PAGE, width: int = 80) -> str:
    """Return `page` in so many lines."""
    return fitting(page, lambda: HelpFormatter(width=width), lines)


def test_all_is_said_where_there_is_room() -> None:
    text = fit(100)
    for word in ("First paragraph.", "Second", "agora x 4", "--report / --noReport", "[default: 1]", "As JSON."):
        assert word in text
    assert " ".join(text.split()).count("A long text.") == 9
    assert text.endswith("\n\nThe end.\n")


@pytest.mark.parametrize("lines", range(23, 60))
def test_it_fits_whatever_the_room(lines: int) -> None:
    text = fit(lines)
    assert len(text.splitlines()) <= lines
    assert max(map(len, text.splitlines())) <= 80
    for row in OWN:
        assert row.names.split()[0] in text


def test_what_goes_first_is_missed_least() -> None:
    seen = list(shapes(PAGE))
    assert (seen[0].whole, seen[1].whole) == (True, False)
    assert [sorted(shape.named) for shape in seen[2:4]] == [["Output"], ["Limits", "Output"]]
    assert [shape.prose for shape in seen[4:6]] == [1, 0]
    assert [shape.examples for shape in seen[6:9]] == [4, 3, FEWEST_EXAMPLES]
    assert [shape.own for shape in seen[9:]] == [11, 10, 9, 8]


def test_a_group_that_is_only_named() -> None:
    text = fit(33)
    assert "Output: --json\n" in text
    assert "Limits:\n" not in text
    assert "-c, --channelId NAME  Channel name." in fit(36)
    assert "Limits: -c --channelId --report\nOutput: --json\n" in fit(30)


def test_the_last_of_the_own_options_are_named_at_least() -> None:
    assert "  and --own8 --own9 --own10 --own11\n" in fit(23)
    assert "  and --own10 --own11\n" in fit(25)


def test_one_line_an_option() -> None:
    assert Row("--x N", "Short.", "[default: 1]").brief(30) == ("--x N", "Short.  [default: 1]")
    assert Row("--x N", "Short.", "[default: 1]").brief(10) == ("--x N", "Short.")
    assert Row("--x N", "What does not fit here.").brief(16) == ("--x N", "What does ..")
    assert Row("--x N", "Unbreakable").brief(8) == ("--x N", "Unbre ..")
    assert Row("--format <auto|wav|pcm|flac|ogg|mkv>", "").brief(9)[0] == "--format <auto|..>"
    assert Row("--aVeryLongNameIndeed WITH:A:LONG:METAVAR", "").brief(9)[0] == "--aVeryLongNameIndeed"


def test_a_page_without_options() -> None:
    assert "Options" not in fit(3, replace(PAGE, sections=()))
