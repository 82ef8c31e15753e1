"""link_news.py: what is said about each event of our own link."""

import pytest

from agora_cli.events import Event, Joined, LinkChanged, TokenExpiring
from agora_cli.terminal.news import link_news


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (TokenExpiring(0, 30), "the token ends in 30 s"),
        (LinkChanged(0, "connected", 12, "token renewed"), "token renewed"),
        (LinkChanged(0, "reconnecting", 16, "the link was lost"), "link reconnecting: the link was lost"),
        (LinkChanged(0, "connected", 0, ""), "link connected"),
        (LinkChanged(0, "failed", 9, "the token expired"), None),
        (LinkChanged(0, "disconnected", 5, "left"), None),
        (Joined(0, "7"), None),
    ],
)
def test_the_line(event: Event, line: str | None) -> None:
    assert link_news(event) == line
