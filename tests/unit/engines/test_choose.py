import pytest

from agora_cli.engines.choose import EngineName, choose_engine_name
from agora_cli.errors import UsageError

APP_ID = "0123456789abcdefABCDEF0123456789"


@pytest.mark.parametrize(
    ("requested", "app_id", "chosen"),
    [
        ("auto", None, "local"),
        ("auto", "", "local"),
        ("auto", "my-namespace", "local"),
        ("auto", APP_ID, "sdk"),
        ("auto", APP_ID[:-1], "local"),
        ("local", APP_ID, "local"),
        ("local", None, "local"),
        ("sdk", APP_ID, "sdk"),
    ],
)
def test_the_app_id_decides_unless_the_user_does(requested: str, app_id: str | None, chosen: EngineName) -> None:
    assert choose_engine_name(requested, app_id) == chosen


@pytest.mark.parametrize("app_id", [None, "", "short", APP_ID + "0"])
def test_the_sdk_needs_an_app_id(app_id: str | None) -> None:
    with pytest.raises(UsageError, match="32 hex digits, got"):
        choose_engine_name("sdk", app_id)
