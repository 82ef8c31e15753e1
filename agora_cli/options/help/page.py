"""A help text that fits a screen: what there is to say about a command, and how much of it is said."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

# A screen of 40 lines by 80 columns is what everybody has; click makes no text wider than that.
MOST_LINES = 40
# The widest that a column of option names becomes, as click's own tables have it.
NAMES_WIDTH = 30
FEWEST_EXAMPLES = 2
FEWEST_OWN = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One option: how it is written (`-o, --output PATH`), what it does, and `default: 1` and the like."""

    names: str
    text: str
    extra: str = ""

    def whole(self) -> tuple[str, str]:
        """Return everything, to be wrapped."""
        return self.names, f"{self.text}  {self.extra}".strip()

    def brief(self, width: int) -> tuple[str, str]:
        """Return one line: the first spelling, and as much of the text as fits `width` columns."""
        names = _short_names(self.names)
        if len(self.text) + len(self.extra) + 2 <= width:
            return names, f"{self.text}  {self.extra}".strip()
        return names, _cut(self.text, width)

    def name(self) -> str:
        """Return the spellings alone, without what they take: `-o --output`."""
        return " ".join(part.split()[0].rstrip(",") for part in self.names.split(" / ")[0].split(", "))


@dataclass(frozen=True, slots=True)
class Page:
    """All there is to say: usage, first line, examples, paragraphs, options by heading (the own ones first)."""

    usage: str
    summary: str
    examples: tuple[str, ...]
    prose: tuple[str, ...]
    sections: tuple[tuple[str, tuple[Row, ...]], ...]
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of a page is said; `named` are the headings of which only the options' names are, `own` how many
    of the command's own options have a text (None: all).
    """

    whole: bool
    examples: int
    prose: int
    named: frozenset[str] = frozenset()
    own: int | None = None


def fitting(page: Page, formatter: Any, most_lines: int = MOST_LINES) -> str:
    """Return the fullest text of `page` that has at most `most_lines` lines, else the shortest that there is.

    `formatter` returns a new click HelpFormatter at each call; its width is the text's.
    """
    text = ""
    for shape in shapes(page):
        text = written(page, shape, formatter())
        if len(text.splitlines()) <= most_lines:
            return text
    return text


def shapes(page: Page) -> Iterator[Shape]:
    """Yield what may be left out, the least missed first: wrapped lines, the texts of shared groups from the last
    on, paragraphs from the last on, examples, the texts of the last of the command's own options.
    """
    shape = Shape(True, len(page.examples), len(page.prose))
    yield shape
    yield (shape := replace(shape, whole=False))
    for heading, _ in reversed(page.sections[1:]):
        yield (shape := replace(shape, named=shape.named | {heading}))
    for prose in range(len(page.prose) - 1, -1, -1):
        yield (shape := replace(shape, prose=prose))
    for examples in range(len(page.examples) - 1, FEWEST_EXAMPLES - 1, -1):
        yield (shape := replace(shape, examples=examples))
    for own in range(len(page.sections[0][1]) - 1 if page.sections else 0, FEWEST_OWN - 1, -1):
        yield replace(shape, own=own)


def written(page: Page, shape: Shape, formatter: Any) -> str:
    """Return the text of `page` in one shape."""
    formatter.write(page.usage)
    paragraphs = [page.summary]
    if shape.examples:
        paragraphs.append("\n".join(("\b", "Examples:", *(f"  {line}" for line in page.examples[: shape.examples]))))
    paragraphs += page.prose[: shape.prose]
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text("\n\n".join(paragraphs))
    for number, (heading, rows) in enumerate(page.sections):
        if heading not in shape.named:
            with formatter.section(heading):
                _write_rows(rows, shape, formatter, None if number else shape.own)
    named = [(f"{heading}:", _names(rows)) for heading, rows in page.sections if heading in shape.named]
    if named:
        formatter.write_paragraph()
        formatter.write_dl(named, col_max=NAMES_WIDTH, col_spacing=1)
    if page.footer:
        formatter.write_paragraph()
        formatter.write_text(page.footer)
    return str(formatter.getvalue())


def _write_rows(rows: tuple[Row, ...], shape: Shape, formatter: Any, most: int | None) -> None:
    if shape.whole:
        formatter.write_dl([row.whole() for row in rows], col_max=NAMES_WIDTH)
        return
    shown = rows if most is None else rows[:most]
    column = max(len(_short_names(row.names)) for row in shown)
    width = max(10, formatter.width - formatter.current_indent - column - 2)
    formatter.write_dl([row.brief(width) for row in shown], col_max=NAMES_WIDTH)
    if len(shown) < len(rows):
        formatter.write_text(f"and {_names(rows[len(shown) :])}")


def _names(rows: tuple[Row, ...]) -> str:
    return " ".join(row.name() for row in rows)


def _short_names(names: str) -> str:
    """Return the first spelling of a pair (`--report / --noReport`), a long choice cut to its first words."""
    first = names.split(" / ")[0]
    if len(first) <= NAMES_WIDTH or " <" not in first:
        return first if len(first) <= NAMES_WIDTH else first.rsplit(" ", 1)[0]
    option, _, choices = first.partition(" <")
    return f"{option} <{choices.split('|')[0]}|..>"


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    cut = text[: width - 3]
    return f"{cut[: cut.rindex(' ')] if ' ' in cut else cut} ..".rstrip(",;: ")
