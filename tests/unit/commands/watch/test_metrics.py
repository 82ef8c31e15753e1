import socket
import urllib.request

import pytest

from agora_cli.commands.watch.metrics import ChannelGauges, served
from agora_cli.errors import NetworkError
from tests.unit.commands.watch.test_screen import AUDIO, document


def scraped(port: int) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return [line for line in answer.read().decode().splitlines() if not line.startswith("#")]


def test_what_is_scraped_is_the_newest_document() -> None:
    gauges = ChannelGauges()
    gauges.show({"channelId": "demo", "users": []})
    with served(gauges, "127.0.0.1", 0) as port:
        assert scraped(port) == ['agora_users{channel="demo"} 0.0']
        gauges.show(document(userId="7", audio=AUDIO))
        lines = scraped(port)
        gauges.show({"channelId": "demo", "users": []})
        assert scraped(port) == ['agora_users{channel="demo"} 0.0']
    assert 'agora_users{channel="demo"} 1.0' in lines
    assert 'agora_bitrate{channel="demo",track="audio",user="7"} 256000.0' in lines
    assert 'agora_level_now{channel="demo",track="audio",user="7"} -6.0' in lines
    assert 'agora_muted{channel="demo",track="audio",user="7"} 0.0' in lines
    assert not any("keyframe" in line for line in lines)


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NetworkError, match=f"--metrics: cannot listen on 127.0.0.1 port {port}:"):
            with served(ChannelGauges(), "127.0.0.1", port):
                pass
