"""commands/_rest.py: what is checked before anything is asked; tests/cli/test_rest.py has a server."""

import pytest

from agora_cli.commands._rest import RestOptions, part, rows_of
from agora_cli.errors import UsageError

APP_ID = "0123456789abcdef" * 2
SECRETS = {"AGORA_CUSTOMER_KEY": "k", "AGORA_CUSTOMER_SECRET": "hidden"}


def test_the_credentials_are_the_environments_and_nowhere_to_be_read() -> None:
    rest = RestOptions(APP_ID).open(SECRETS)
    assert (rest.url, rest.timeout_s, rest.credentials) == ("https://api.agora.io", 10.0, ("k", "hidden"))
    assert "hidden" not in repr(rest)


@pytest.mark.parametrize("url", ["http://example.org", "ftp://localhost", "api.agora.io", "https"])
def test_credentials_travel_over_https_only(url: str) -> None:
    with pytest.raises(UsageError, match="--apiUrl must be https"):
        RestOptions(APP_ID, url).open(SECRETS)


@pytest.mark.parametrize("missing", SECRETS)
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(UsageError, match=f"{missing} is not set"):
        RestOptions(APP_ID).open(SECRETS | {missing: ""})


def test_parts_of_a_path_and_rows_of_an_answer() -> None:
    assert part("a/b c?") == "a%2Fb%20c%3F"
    assert rows_of([{"a": 1}, 2, None]) == [{"a": 1}]
    assert rows_of({"a": 1}) == []
