"""docs/schema/: a shape for every document. `Ran.json` holds each document that any test reads to it."""

from pathlib import Path

import fastjsonschema
import pytest

from agora_cli.app import COMMANDS

from .run import SCHEMAS, agora, check_shape
from .test_access import APP_ID, CERTIFICATE

SPEECH = Path(__file__).parents[2] / "test_data" / "speech.wav"
# Agora's REST answers are passed on as they come, and a browser's page prints no document.
WITHOUT = {"channel", "streamkey", "view"}


def test_every_command_has_a_shape() -> None:
    named = {path.stem for path in SCHEMAS.iterdir()}
    assert {"send" if name.startswith("send-") else name for name in COMMANDS} - WITHOUT == named - {"error"}


@pytest.mark.parametrize(
    "args",
    [
        ("send-pcm", "--tone", "--duration", "0.2", "-c", "x"),
        ("send-data", "--message", "hi", "-c", "x"),
        ("send-mp4", "--testPattern", "--duration", "0.2", "-c", "x", "--dryRun"),
        ("inspect", SPEECH),
        ("codecs",),
        ("codecs", "--codec", "av1", "--width", 64, "--height", 64),
        ("channels",),
        ("config",),
        ("completion", "zsh"),
        ("doctor",),
        ("vad-dump", SPEECH, "--output", "v"),
        ("watch", "-c", "x", "--once", "--duration", "0.5s"),
        ("record", "-c", "x", "--duration", "0.2s"),
        ("rtm-chat", "-c", "x", "--message", "hi"),
        ("inspect", "missing"),
    ],
    ids=lambda args: "-".join(map(str, args[:2])).replace("/", ""),
)
def test_each_document_has_its_shape(args: tuple[object, ...], tmp_path: Path) -> None:
    ran = agora(tmp_path, *[tmp_path / "v" if arg == "v" else arg for arg in args], "--json")
    check_shape(ran.command, ran.ndjson[-1])


def test_a_token_has_its_shape(tmp_path: Path) -> None:
    environ = {"AGORA_APP_ID": APP_ID, "AGORA_APP_CERTIFICATE": CERTIFICATE}
    made = agora(tmp_path, "token", "build", "-c", "x", "--userId", 7, "--json", **environ)
    assert agora(tmp_path, "token", "inspect", made.json["token"], "--json", **environ).json["signature"] == "holds"


def test_the_check_bites() -> None:
    with pytest.raises(fastjsonschema.JsonSchemaException):
        check_shape("channels", {"ok": True, "channels": [{"name_space": "x"}]})
    with pytest.raises(fastjsonschema.JsonSchemaException):
        check_shape("record", {"ok": False, "error": {"code": "Bad Code", "exit": 3, "message": "x"}})
    with pytest.raises(fastjsonschema.JsonSchemaException):
        check_shape("record", {"ok": False, "error": {"code": "x", "exit": 3, "message": "x"}, "files": []})
