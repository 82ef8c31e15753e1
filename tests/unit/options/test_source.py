import re

import pytest

from agora_cli.errors import UsageError
from agora_cli.options.source import ExcerptOptions, chosen_input


@pytest.mark.parametrize(
    ("file", "named", "wants_signal", "chosen"),
    [("a", "", False, "a"), ("", "a", False, "a"), ("", "", True, ""), ("-", "", False, "-")],
)
def test_one_thing_is_sent(file: str, named: str, wants_signal: bool, chosen: str) -> None:
    assert chosen_input(file, named, "--audioFile", "--tone", wants_signal) == chosen


@pytest.mark.parametrize(
    ("file", "named", "wants_signal", "message"),
    [
        ("a", "b", False, "not 'a' and 'b'"),
        ("a", "", True, "not 'a' and --tone"),
        ("a", "b", True, "not 'a' and 'b' and --tone"),
        ("", "", False, "missing: FILE, --audioFile FILE or --tone"),
    ],
)
def test_none_or_two_things_are_refused(file: str, named: str, wants_signal: bool, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        chosen_input(file, named, "--audioFile", "--tone", wants_signal)


@pytest.mark.parametrize("options", [ExcerptOptions(loop="inf"), ExcerptOptions(start="2s")])
def test_a_signal_has_no_beginning_and_no_end(options: ExcerptOptions) -> None:
    with pytest.raises(UsageError, match="--loop and --start are for files"):
        options.of_a_signal("--tone")
    assert ExcerptOptions(duration="2s").of_a_signal("--tone") == 2
