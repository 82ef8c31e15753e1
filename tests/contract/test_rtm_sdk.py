"""rtm-chat as processes on the sdk engine, over the fake library: messages, refusals, and what it cannot do."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.sdk_fake.fixtures import CHILD_TIMEOUT_S, Fake, Outcome

APP_ID = "0123456789abcdef0123456789abcdef"
CHAT = [sys.executable, "-m", "agora_cli", "rtm-chat", "--appId", APP_ID]


def chat(fake: Fake, *options: str, **env: str) -> Outcome:
    outcome = fake.run([*CHAT, *options], **env)
    assert outcome.violations == []
    assert outcome.live == {}
    return outcome


@contextmanager
def listener(fake: Fake, user: str, *options: str, **env: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a chat that has subscribed when the block begins."""
    environment = fake.environment(**env) | {"AGORA_FAKE_TRACE": str(fake.directory / f"{user}.jsonl")}
    command = [*CHAT, "-c", "room", "-u", user, "--json", *options]
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert any("subscribed to room" in line for line in iter(process.stderr.readline, ""))
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def events(process: "subprocess.Popen[str]") -> list[dict[str, object]]:
    out, _ = process.communicate(timeout=CHILD_TIMEOUT_S)
    return [json.loads(line) for line in out.splitlines()]


def test_text_and_binary_arrive_exactly(fake: Fake, tmp_path: Path) -> None:
    data = b"a\0b\xff\0" + bytes(range(256))
    (tmp_path / "data.bin").write_bytes(data)
    with listener(fake, "bob", "--count", "2") as bob:
        sent = chat(fake, "-c", "room", "-u", "alice", "-m", "zwei ü 漢字")
        assert sent.returncode == 0, sent.stderr
        assert sent.args("agora_rtm_client_publish") == [["room", len("zwei ü 漢字".encode()), 1, 1, 1]]
        assert chat(fake, "-c", "room", "-u", "alice", "--file", str(tmp_path / "data.bin")).returncode == 0
        text, binary, last = events(bob)
    assert (text["publisher"], text["channel"], text["text"]) == ("alice", "room", "zwei ü 漢字")
    assert base64.b64decode(str(binary["base64"])) == data
    assert (last["ok"], last["engine"]) == (True, "sdk")
    assert bob.returncode == 0


def test_the_calls_in_their_order(fake: Fake) -> None:
    outcome = chat(fake, "-c", "room", "-u", "alice", "-m", "x", "--timeout", "100ms", "--token", "secret")
    assert outcome.returncode == 0, f"{outcome.returncode}: {outcome.stderr}"
    assert outcome.names("agora_rtm_client_get_error_reason") == [
        "agora_rtm_client_create",
        "agora_rtm_client_login",
        "agora_rtm_client_subscribe",
        "agora_rtm_client_publish",
        "agora_rtm_client_logout",
        "agora_rtm_client_release",
    ]
    assert outcome.args("agora_rtm_client_login") == [["secret"]]
    assert outcome.args("agora_rtm_client_subscribe") == [["room", 1, 0]]
    assert "secret" not in outcome.stdout + outcome.stderr
    assert not (fake.directory / "logs").exists()


def test_to_one_user(fake: Fake) -> None:
    with listener(fake, "bob", "--count", "1") as bob:
        assert chat(fake, "--to", "bob", "-u", "alice", "-m", "psst").returncode == 0
        message, _ = events(bob)
    assert (message["channel"], message["text"]) == (None, "psst")
    offline = chat(fake, "--to", "nobody", "-m", "psst")
    assert offline.returncode == 6
    assert "RTM error -11033" in offline.stderr


@pytest.mark.parametrize(
    ("function", "number", "code"),
    [
        ("login", -10005, 4),
        ("login", -10009, 4),
        ("login", -10012, 4),
        ("login", -10015, 4),
        ("login", -10011, 5),
        ("subscribe", -10008, 2),
        ("subscribe", -11019, 5),
        ("publish", -11025, 5),
        ("create", -10003, 4),
        ("create", -10001, 7),
    ],
)
def test_refusals_keep_their_number(newest: Fake, function: str, number: int, code: int) -> None:
    outcome = chat(
        newest,
        *("-c", "room", "-m", "x", "--timeout", "100ms", "--json"),
        AGORA_FAKE_ERRORS=f"agora_rtm_client_{function}={number}",
    )
    assert outcome.returncode == code
    assert outcome.result["error"]["code"] == f"rtm{number}"
    assert f"the fake says so (RTM error {number})" in outcome.stderr


def renewing(fake: Fake, **env: str) -> list[dict[str, object]]:
    """Return the link's events of a chat whose token is about to expire, and who can mint another."""
    certificate = {"AGORA_APP_CERTIFICATE": "fedcba9876543210" * 2, "AGORA_FAKE_RTM_EXPIRE": "1"}
    with listener(fake, "bob", "--count", "1", **certificate, **env) as bob:
        assert bob.stderr is not None
        chat(fake, "-c", "room", "-u", "alice", "-m", "x")
        found = events(bob)
    assert bob.returncode == 0
    return [event for event in found if event.get("event") == "link"]


def test_a_token_is_renewed_and_the_answer_is_told(fake: Fake) -> None:
    (link,) = renewing(fake)
    assert (link["state"], link["reason"]) == ("connected", 12)
    (refused,) = renewing(fake, AGORA_FAKE_ERRORS="agora_rtm_client_renew_token=-10005")
    assert (refused["state"], refused["reason"]) == ("connected", 0)
    assert "cannot renew the token: the fake says so (RTM error -10005)" in str(refused["text"])


def test_the_same_user_elsewhere_ends_it(newest: Fake) -> None:
    with listener(newest, "bob", "--listen", AGORA_FAKE_RTM_LINK="5:27") as bob:
        chat(newest, "-c", "room", "-m", "x")
        found = events(bob)
    link = next(event for event in found if event.get("event") == "link")
    assert (link["state"], link["reason"]) == ("failed", 19)
    assert bob.returncode == 4


def test_a_broken_link_is_told(newest: Fake) -> None:
    with listener(newest, "bob", "--timeout", "5s", AGORA_FAKE_RTM_LINK="3:29") as bob:
        chat(newest, "-c", "room", "-m", "x")
        found = events(bob)
    assert ("disconnected", 14) in [(event.get("state"), event.get("reason")) for event in found]
    assert bob.returncode == 0


def test_what_the_package_lacks_is_unavailable(newest: Fake) -> None:
    script = """
import json, os
from pathlib import Path
from agora_cli.errors import AgoraError
from agora_cli.rtm.base import RtmSpec
from agora_cli.rtm.sdk.engine import SdkRtmEngine
client = SdkRtmEngine(Path(os.environ["AGORA_SDK_DIR"])).login(RtmSpec("0123456789abcdef" * 2, "alice"))
found = {}
for name, args in {"who": ["r"], "set_state": ["r", {}], "history": ["r"], "metadata": ["r"], "set_metadata": ["r", {}],
                   "remove_metadata": ["r"], "set_lock": ["r", "l"], "acquire_lock": ["r", "l"],
                   "release_lock": ["r", "l"], "remove_lock": ["r", "l"], "locks": ["r"]}.items():
    try:
        getattr(client, name)(*args)
    except AgoraError as error:
        found[name] = [error.code, int(error.exit)]
client.close()
client.close()
print(json.dumps(found))
"""
    outcome = newest.run([sys.executable, "-c", script])
    assert outcome.returncode == 0, f"{outcome.returncode}: {outcome.stderr}"
    assert len(outcome.result) == 11
    assert set(map(tuple, outcome.result.values())) == {("rtm-10022", 7)}
    assert outcome.live == {}


def test_without_the_package_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CHAT, "-c", "room", "-m", "x"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AGORA_SDK_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 7
    assert "error: " in done.stderr
