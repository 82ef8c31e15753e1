"""commands/view/server.py: the page is whole and alone; tests/cli/test_view.py asks it over the network."""

import pytest

from agora_cli.commands.view.server import page, served
from agora_cli.commands.view.viewers import Viewers
from agora_cli.errors import NetworkError


def test_the_page_holds_its_style_and_script() -> None:
    text = page().decode()
    assert "@@" not in text
    assert "new WebSocket(" in text
    assert "src=" not in text


def test_each_run_has_an_address_of_its_own_and_a_taken_port_is_told() -> None:
    with served(Viewers(), 0) as first, served(Viewers(), 0) as second:
        assert first.rsplit("/", 2)[1] != second.rsplit("/", 2)[1]
        assert len(first.rsplit("/", 2)[1]) >= 22
        port = int(first.split(":")[2].split("/")[0])
        with pytest.raises(NetworkError, match=f"port {port}"), served(Viewers(), port):
            pass
