"""The stored help is the live one, the reference names every command and option, and both start fast."""

import subprocess
import sys
from pathlib import Path

import pytest

from agora_cli import __version__
from agora_cli.app import COMMANDS, load
from agora_cli.options.click import Context
from agora_cli.options.groups import HELP_ALL, HELP_SDK
from agora_cli.options.help.page import MOST_LINES
from scripts.docs import HELP, REFERENCE, help_text, reference, root_help, stored_helps

from .run import agora

ROOT = Path(__file__).parents[2]
WIDTH = 80
HEAVY = {"numpy", "av", "soundfile", "onnxruntime", "zenoh", "rich", "cryptography", "prompt_toolkit", "pydantic"}


def test_the_stored_help_is_the_live_one() -> None:
    assert {path.name: path.read_text() for path in HELP.iterdir()} == stored_helps(), "run `make docs`"


def test_the_reference_is_the_live_one() -> None:
    assert {path.name: path.read_text() for path in REFERENCE.iterdir()} == reference(), "run `make docs`"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_names_every_option(name: str) -> None:
    page = (REFERENCE / f"{name}.md").read_text()
    assert page.startswith(f"# `agora {name}`\n")
    for parameter in load(name).params:
        for option in parameter.opts:
            assert (option if option.startswith("-") else parameter.make_metavar(Context(load(name)))) in page


def test_the_readme_leads_to_the_reference() -> None:
    assert "(docs/reference/README.md)" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_come_first(name: str) -> None:
    text = help_text(load(name), f"agora {name}")
    assert text.index("Examples:") < text.index("Options:")
    assert f"agora {name}" in text[text.index("Examples:") : text.index("Options:")]


@pytest.mark.parametrize("args", [[], ["--help"], ["-h"], ["help"]])
def test_help(tmp_path: Path, args: list[str]) -> None:
    ran = agora(tmp_path, *args)
    assert (ran.code, ran.out, ran.err) == (0, root_help(), "")


@pytest.mark.parametrize("args", [["send-pcm"], ["token", "build"]])
def test_help_of_a_command_by_name(tmp_path: Path, args: list[str]) -> None:
    by_name = agora(tmp_path, "help", *args)
    assert by_name == agora(tmp_path, *args, "--help") == agora(tmp_path, *args, "-h")
    assert (by_name.code, by_name.err) == (0, "")
    assert by_name.out.startswith(f"Usage: agora {' '.join(args)} [OPTIONS]")


def test_help_of_no_command(tmp_path: Path) -> None:
    ran = agora(tmp_path, "help", "sendpcm")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: no such command: sendpcm\nhint: did you mean send-pcm?\n"


HEADINGS = ["Limits:", "Channel:", "Security:", "Output:"]


@pytest.mark.parametrize("name", COMMANDS)
def test_own_options_come_first_and_those_of_the_network_stand_apart(name: str) -> None:
    command = load(name)
    lines = help_text(command, f"agora {name}").splitlines()
    own = [each for each in command.params if not getattr(each, "rich_help_panel", None)]
    assert all(lines.index("Options:") < lines.index(heading) for heading in HEADINGS if heading in lines)
    first = min([lines.index(heading) for heading in HEADINGS if heading in lines], default=len(lines))
    for option in (each.opts[0] for each in own if each.opts[0].startswith("-")):
        assert any(f"{option} " in line or line.endswith(option) for line in lines[:first]), option
    assert "--simulcast" not in "\n".join(lines)


def every_help() -> dict[str, str]:
    """Return each help text of the tool, at 80 columns, by what asks for it."""
    found = {"agora": root_help()}
    for name in COMMANDS:
        command = load(name)
        found[name] = help_text(command, f"agora {name}", width=WIDTH)
        found[f"{name} {HELP_SDK}"] = help_text(command, f"agora {name}", kind=HELP_SDK, width=WIDTH)
        for word, below in getattr(command, "commands", {}).items():
            found[f"{name} {word}"] = help_text(below, f"agora {name} {word}", width=WIDTH)
    return found


@pytest.mark.parametrize(("name", "text"), every_help().items(), ids=list(every_help()))
def test_a_help_text_fits_a_screen(name: str, text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= MOST_LINES, f"{name} --help has {len(lines)} lines: shorten what it says of its own options"
    assert max(map(len, lines)) <= WIDTH, f"{name}: {max(lines, key=len)} (shorten that example)"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_help_text_names_every_option(name: str) -> None:
    command = load(name)
    texts = [help_text(command, name, kind=kind, width=WIDTH) for kind in ("--help", HELP_SDK, HELP_ALL)]
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert parameter.opts[0] in texts[0] + texts[1]
            assert parameter.opts[0] in texts[2]


def test_all_of_it(tmp_path: Path) -> None:
    ran = agora(tmp_path, "send-pcm", "--help-all")
    assert (ran.code, ran.err) == (0, "")
    assert "--simulcast" in ran.out
    assert "[env var:" in ran.out
    assert agora(tmp_path, "token", "build", "--help-all").out.startswith("Usage: agora token build")


@pytest.mark.parametrize("name", ["record", "vad-dump"])
def test_what_only_a_sender_has_is_not_in_a_receiver(name: str, tmp_path: Path) -> None:
    assert {"--simulcast", "--incremental", "--sdkCodec"}.isdisjoint(
        option for each in load(name).params for option in each.opts
    )
    assert agora(tmp_path, name, "--incremental", "2000:2").code == 2
    assert "--receiveRate" not in help_text(load("send-pcm"), "send-pcm", kind=HELP_ALL)


def test_what_only_the_network_has(tmp_path: Path) -> None:
    ran = agora(tmp_path, "send-pcm", "--help-sdk")
    assert (ran.code, ran.err) == (0, "")
    assert "--simulcast" in ran.out
    assert "--channelId NAME " not in ran.out
    assert "--help-sdk" in agora(tmp_path, "send-pcm", "--help").out
    assert agora(tmp_path, "codecs", "--help-sdk").code == 2


def test_version(tmp_path: Path) -> None:
    for args in (["--version"], ["--version", "--help"][:1]):
        ran = agora(tmp_path, *args)
        assert (ran.code, ran.out, ran.err) == (0, f"agora {__version__}\n", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    code = (
        "import sys\nfrom agora_cli.app import run\n"
        f"assert run([{name!r}, '--help']) == 0\n"
        f"heavy = {HEAVY} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
