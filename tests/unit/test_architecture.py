"""The rules of the house (CONTRIBUTING.md), each over the syntax tree and each shown to bite."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "agora_cli"
TESTS = ROOT / "tests"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))

# The floors, from the ground up. A part that stands on none of them fails: that is how loose modules begin.
FLOORS = (
    {"errors", "frames", "events", "names", "reasons", "clock"},
    {"native", "mesh", "sdklib"},
    {"media", "vad", "tokens"},
    {"sources", "sinks", "engines", "rtm"},
    {"terminal"},
    {"session"},
    {"options"},
    {"commands"},
    {"app"},
    {"__main__"},
)
WORDS = FLOORS[0]
LOOSE = WORDS | {"app", "__main__", "__init__"}
# Between the ends of one floor no arrow runs; the words and the C core's helpers may name each other.
MAY_NAME_EACH_OTHER = (0,)

MOST_FILES = 15
# What may hold more files, and why.
CROWDED = {
    "native": "a C file, its header and its Python face, each its own",
    "rtm/local": "the local messaging service: a room a noun, nothing of it is used elsewhere",
}
MOST_LINES = 300
# What is longer, and how long: only to be shortened.
LONG: dict[str, int] = {}
HEAVY = {"numpy", "av", "soundfile", "onnxruntime", "zenoh", "rich", "prompt_toolkit", "cryptography", "earshot"}


def part(path: Path) -> str:
    """Return the top-level part of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def floor(name: str) -> int | None:
    """Return the floor of a part, None for one without a rank."""
    return next((number for number, parts in enumerate(FLOORS) if name in parts), None)


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each imported module of a tree with the statement that imports it, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if is_package(node.module):
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)
            else:
                yield node, node.module


def is_package(module: str) -> bool:
    """Tell whether a module of ours is a folder."""
    return module.split(".")[0] == "agora_cli" and (ROOT / module.replace(".", "/")).is_dir()


def climbing(source: str, importer: str) -> list[str]:
    """Return the imports of `source` that a file of the part `importer` must not make."""
    own = floor(importer)
    if own is None:
        return [f"{importer} has no rank"]
    bad = []
    for _, module in imports(ast.parse(source)):
        if not module.startswith("agora_cli."):
            continue
        target = module.split(".")[1]
        if target == importer or target == "__version__":
            continue
        rank = floor(target)
        if rank is None or rank > own or (rank == own and own not in MAY_NAME_EACH_OTHER):
            bad.append(module)
    return bad


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    if path != PACKAGE / "__init__.py":
        assert climbing(path.read_text(), part(path)) == []


def test_the_floors_bite() -> None:
    assert climbing("from agora_cli import session", "media") == ["agora_cli.session"]
    assert climbing("from agora_cli.vad import analysis", "media") == ["agora_cli.vad.analysis"]
    assert climbing("import agora_cli.terminal.console", "errors") == ["agora_cli.terminal.console"]
    assert climbing("def f():\n    from agora_cli.sinks import base", "sources") == ["agora_cli.sinks.base"]
    assert climbing("", "helpers") == ["helpers has no rank"]
    assert climbing("from agora_cli.frames import Unit", "media") == []


def test_only_words_and_the_entry_lie_loose() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == LOOSE


def crowds(files: list[str]) -> list[str]:
    """Return the folders of more than MOST_FILES modules that nobody excused."""
    counts = Counter(str(Path(name).parent) for name in files if not name.endswith("__init__.py"))
    return [folder for folder, count in counts.items() if count > MOST_FILES and folder not in CROWDED]


def test_no_folder_is_crowded() -> None:
    assert crowds([str(path.relative_to(PACKAGE)) for path in FILES]) == []
    assert crowds([f"media/m{number}.py" for number in range(16)]) == ["media"]


def test_no_module_is_long() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > LONG.get(name, MOST_LINES)} == {}


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Return each circle of a graph once, by Tarjan's components of more than one node."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in arrows.get(node, set()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while not component or component[-1] != node:
                component.append(stack.pop())
            if len(component) > 1:
                found.append(sorted(component))

    for node in arrows:
        if node not in index:
            visit(node)
    return found


def test_no_circle_counting_imports_inside_functions() -> None:
    arrows: dict[str, set[str]] = {}
    for path in FILES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        arrows[name] = {module for _, module in imports(ast.parse(path.read_text()))} - {name}
    assert circles(arrows) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def heavy_inside(source: str) -> list[str]:
    """Return the heavy modules that functions of a file import."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    found = {module for function in functions for _, module in imports(function)}
    return sorted(module for module in found if module.split(".")[0] in HEAVY)


# Who a help text loads, or who has to say that a package is missing; everybody else is behind these doors and has
# plain imports at its head. tests/cli/test_startup.py holds each command's start to it.
DOORS = {
    "commands/doctor/__init__.py": "asks for each package whether it is there",
    "commands/doctor/libraries.py": "the same",
    "commands/watch/__init__.py": "a screen only where stdout is one",
    "commands/watch/screen.py": "the same",
    "mesh/failures.py": "says that zenoh is missing",
    "native/vad.py": "options name its parameters",
    "terminal/console.py": "tables only where there is one",
    "vad/voice/earshot.py": "says that its package is missing",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_modules_stand_at_the_head_but_at_the_doors(path: Path) -> None:
    assert bool(heavy_inside(path.read_text())) == (str(path.relative_to(PACKAGE)) in DOORS)


def test_the_door_check_bites() -> None:
    assert heavy_inside("import numpy as np\ndef f():\n    import av.filter") == ["av.filter"]


def test_a_command_s_file_is_in_the_table_and_the_rest_is_underscored() -> None:
    from agora_cli.app import COMMANDS

    names = {path.stem for path in (PACKAGE / "commands").iterdir() if path.suffix == ".py" or is_folder(path)}
    assert {name for name in names if not name.startswith("_")} == {name.replace("-", "_") for name in COMMANDS}


def is_folder(path: Path) -> bool:
    """Tell whether a path is a package."""
    return (path / "__init__.py").exists()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_one_command_has_only_it_uses(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[:2]
    for _, module in imports(ast.parse(path.read_text())):
        parts = module.split(".")[1:]
        if len(parts) > 2 and parts[0] == "commands" and not parts[1].startswith("_"):  # what is shared begins so
            assert own == (parts[0], parts[1]), f"{path} reaches into {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_native_touches_ffi(path: Path) -> None:
    if part(path) != "native":
        modules = {module for _, module in imports(ast.parse(path.read_text()))}
        assert not modules & {"agora_cli.native.ffi", "agora_cli.native._core", "cffi"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_one_module_reaches_into_typer_s_private_click(path: Path) -> None:
    modules = {module for _, module in imports(ast.parse(path.read_text())) if module.startswith("typer._")}
    assert not modules or path == PACKAGE / "options" / "click.py"


# Terminals, files of options and commands talk to the machine; what stands below them does not.
MAY_TALK = {"terminal", "options", "commands", "app", "__main__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_below_the_terminal_nothing_prints_reads_the_environment_or_exits(path: Path) -> None:
    if part(path) in MAY_TALK:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "exit", "quit"}, f"{path}:{node.lineno}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            assert name not in {"os.environ", "os.getenv", "sys.exit", "os._exit"}, f"{path}:{node.lineno}"


# Modules without a unit file of their own, under what holds them instead. Only to be shortened.
NO_UNIT_FILE: dict[str, tuple[str, ...]] = {
    "tests/cli/test_help.py and test_signals.py run it as a process": ("__main__.py",),
    "tests/cli/test_app.py": ("app.py",),
    "test_pacing.py runs on it and on its fake": ("clock.py",),
    "tests/cli runs the command": (
        "commands/_channel/join.py",
        "commands/_channel/receive.py",
        "commands/_channel/send.py",
        "commands/codecs.py",
        "commands/record.py",
        "commands/send_data.py",
        "commands/send_h264.py",
        "commands/send_jpeg.py",
        "commands/send_mp4.py",
        "commands/send_pcm.py",
        "commands/send_yuv.py",
        "commands/token/view.py",
    ),
    "tests/cli/test_vad_dump.py and test_vad_live.py": (
        "commands/_voice.py",
        "commands/vad_dump/channel.py",
        "commands/vad_dump/summary.py",
    ),
    "tests/cli/test_rtm_chat.py and test_rtm_prompt.py run it in a pipe and in a pty": (
        "commands/rtm_chat/login.py",
        "commands/rtm_chat/pipe.py",
        "commands/rtm_chat/prompt.py",
    ),
    "tests/contract/test_engine_contract.py, test_local_*.py and test_sdk_*.py run whole engines": (
        "engines/base.py",
        "engines/local/cipher.py",
        "engines/local/connection.py",
        "engines/local/presence.py",
        "engines/local/receive.py",
        "engines/null.py",
        "engines/sdk/connection.py",
        "engines/sdk/engine.py",
        "engines/sdk/service.py",
    ),
    "types without code": (
        "events.py",
        "vad/voice/base.py",
    ),
    "test_recording.py and test_file.py: a few lines that both sides use": (
        "media/ffmpeg.py",
        "media/ivf.py",
    ),
    "built before any test can run": (
        "native/build.py",
        "native/ffi.py",
    ),
    "tests/cli calls each option, right and wrong": (
        "options/channel.py",
        "options/encoder.py",
        "options/limits.py",
        "options/output.py",
        "options/record.py",
        "options/vad.py",
        "options/values.py",
    ),
    "tests/contract/test_rtm_contract.py and test_rtm_sdk.py run both services": (
        "rtm/base.py",
        "rtm/local/client.py",
        "rtm/local/engine.py",
        "rtm/local/inbound.py",
        "rtm/local/outbox.py",
        "rtm/local/rooms.py",
        "rtm/sdk/client.py",
        "rtm/sdk/engine.py",
    ),
    "tests/contract/test_sdk_load.py": ("sdklib/load.py",),
    "tests/unit/session/test_session.py runs push and pull against fakes": (
        "session/pull.py",
        "session/push.py",
    ),
    "test_timeline.py and test_media_axis.py, a file a class": ("sinks/axis.py",),
    "tests/unit/sinks/record/test_recording.py and test_part.py record through it": (
        "sinks/base.py",
        "sinks/record/audio.py",
        "sinks/record/av.py",
        "sinks/record/bare.py",
        "sinks/record/lane.py",
        "sinks/record/messages.py",
        "sinks/record/openers.py",
        "sinks/record/plan.py",
        "sinks/record/recorded_file.py",
        "sinks/record/user.py",
    ),
    "tests/cli/test_vad_live.py": ("sinks/vad.py",),
    "tests/cli/test_streams.py looks at what a process prints": ("terminal/streams.py",),
    "tests/unit/tokens/test_access_token.py packs each": ("tokens/services.py",),
    "tests/unit/vad/test_analysis.py": ("vad/offline.py",),
    "tests/unit/vad/voice/test_open.py runs every engine that is installed": (
        "vad/voice/earshot.py",
        "vad/voice/ten.py",
    ),
}


def test_each_module_has_its_unit_file_or_a_reason() -> None:
    lacking = set()
    for path in FILES:
        relative = path.relative_to(PACKAGE)
        if path.name == "__init__.py":
            continue
        if not (TESTS / "unit" / relative.parent / f"test_{relative.name}").exists():
            lacking.add(str(relative))
    excused = {name for names in NO_UNIT_FILE.values() for name in names}
    assert lacking - excused == set()
    assert excused - lacking == set(), "gone, or has a unit file by now"


def public_names(tree: ast.Module) -> Iterator[str]:
    """Yield the public functions, classes, their methods and the constants that a module defines."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
            if isinstance(node, ast.ClassDef):
                yield from (child.name for child in node.body if isinstance(child, ast.FunctionDef))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id


def uncalled(sources: list[str]) -> set[str]:
    """Return the public names that stand nowhere but where they are defined."""
    words = Counter(word for source in sources for word in re.findall(r"\w+", source))
    names = {name for source in sources for name in public_names(ast.parse(source)) if not name.startswith("_")}
    return {name for name in names if words[name] == 1}


# Called by others than our code, or by the tests alone, and why they stay.
CALLED_FROM_OUTSIDE = {
    "format_commands": "typer's group calls it",
    "format_help": "click calls it",
    "covered": "the self-test of the core: its unit test asks whether each function has a known answer",
    "scan_path": "which of the core's scans this machine runs: the self-test and the benches say it",
}


def test_every_name_has_a_caller_outside_the_tests() -> None:
    sources = [path.read_text() for path in FILES]
    assert uncalled(sources) == set(CALLED_FROM_OUTSIDE)
    assert uncalled(["def used(): ...", "used()", "def idle(): ..."]) == {"idle"}


# Names that two rooms still share. Only to be shortened.
DOUBLED: dict[str, str] = {}


def doubled(sources: list[str]) -> set[str]:
    """Return the public class and type names that are defined in more than one module."""
    counts: Counter[str] = Counter()
    for source in sources:
        counts.update({node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)})
        counts.update(
            node.targets[0].id
            for node in ast.parse(source).body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and re.fullmatch(r"[A-Z][a-z]\w+", node.targets[0].id)
        )
    return {name for name, count in counts.items() if count > 1 and not name.startswith("_")}


def test_one_public_class_name_means_one_thing() -> None:
    assert doubled([path.read_text() for path in FILES]) == set(DOUBLED)
    assert doubled(["class Heard: ...", "class Heard: ..."]) == {"Heard"}
