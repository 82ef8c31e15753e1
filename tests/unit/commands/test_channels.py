from agora_cli.commands.channels import by_channel
from agora_cli.engines.local.roll import Seat


def test_a_row_a_channel() -> None:
    seats = [Seat("a", "x", "1", 10), Seat("a", "x", "2", 11), Seat("a", "y", "1", 10), Seat("b", "x", "1", 12)]
    assert by_channel(seats) == [
        {"namespace": "a", "channel": "x", "users": [{"userId": "1", "pid": 10}, {"userId": "2", "pid": 11}]},
        {"namespace": "a", "channel": "y", "users": [{"userId": "1", "pid": 10}]},
        {"namespace": "b", "channel": "x", "users": [{"userId": "1", "pid": 12}]},
    ]
    assert by_channel([]) == []
