"""The layering of DESIGN: imports point down, parts of one layer never import each other."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "agora_cli"
FILES = sorted(PACKAGE.rglob("*.py"))

L0 = {"errors", "frames", "events", "names", "reasons"}
# mesh: zenoh sessions, for engines and rtm alike; sdklib: the loader of the official package, the same.
L1 = {"native", "mesh", "sdklib"}
L2 = {"media", "vad", "engines", "rtm", "diagnostics", "tokens"}
L3 = {"session"}
HEAVY = {
    "numpy",
    "av",
    "soundfile",
    "onnxruntime",
    "zenoh",
    "rich",
    "prompt_toolkit",
    "cryptography",
    "earshot",
}


def part(path: Path) -> str:
    """Return the top-level part of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer(name: str) -> int:
    """Return the layer of a part, 4 for all that is not named."""
    return next((number for number, parts in enumerate((L0, L1, L2, L3)) if name in parts), 4)


def imports(tree: ast.AST) -> list[tuple[ast.stmt, str]]:
    """Return each imported module of a file with the statement that imports it."""
    found: list[tuple[ast.stmt, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "agora_cli":
                found += [(node, f"agora_cli.{alias.name}") for alias in node.names]
            else:
                found.append((node, node.module))
    return found


def upward(source: str, importer: str) -> list[str]:
    """Return the imports of `source` that a file of the part `importer` must not make."""
    bad = []
    for _, module in imports(ast.parse(source)):
        if not module.startswith("agora_cli."):
            continue
        target = module.split(".")[1]
        if target == importer or target.startswith("__"):
            continue
        if layer(target) > layer(importer) or (layer(target) == layer(importer) == 2):
            bad.append(module)
    return bad


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    assert upward(path.read_text(), part(path)) == []


def test_the_check_bites() -> None:
    assert upward("from agora_cli import session", "media") == ["agora_cli.session"]
    assert upward("from agora_cli.vad import engine", "media") == ["agora_cli.vad"]
    assert upward("import agora_cli.console", "errors") == ["agora_cli.console"]
    assert upward("from agora_cli.frames import Unit", "media") == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_modules_are_imported_inside_functions(path: Path) -> None:
    tree = ast.parse(path.read_text())
    at_start = [
        module
        for node, module in imports(ast.Module(body=tree.body, type_ignores=[]))
        if node in tree.body and module.split(".")[0] in HEAVY
    ]
    assert at_start == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_native_touches_ffi(path: Path) -> None:
    if part(path) != "native":
        modules = {module for _, module in imports(ast.parse(path.read_text()))}
        assert not modules & {"agora_cli.native.ffi", "agora_cli.native._core", "cffi"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_below_commands_nothing_prints_reads_the_environment_or_exits(path: Path) -> None:
    if layer(part(path)) == 4:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "exit", "quit"}, f"{path}:{node.lineno}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            assert name not in {"os.environ", "os.getenv", "sys.exit", "os._exit"}, f"{path}:{node.lineno}"
