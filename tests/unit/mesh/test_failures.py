import ast
import errno
from pathlib import Path

import pytest
import zenoh

from agora_cli.errors import AgoraError, InputError, NetworkError, RefusedError, UnavailableError
from agora_cli.mesh.failures import foreign_errors, translate, translated

PACKAGE = Path(__file__).parents[3] / "agora_cli"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (zenoh.ZError("no link at /root/.cargo/x.rs:12."), NetworkError, "local-channel"),
        (OSError(errno.EACCES, "Permission denied", "/run/x"), RefusedError, "local-channel-denied"),
        (OSError(errno.EROFS, "Read-only file system"), RefusedError, "local-channel-denied"),
        (OSError(errno.ENOSPC, "No space left on device"), InputError, "local-channel-resources"),
        (OSError(errno.EMFILE, "Too many open files"), InputError, "local-channel-resources"),
        (OSError(errno.EIO, "Input/output error"), NetworkError, "local-channel"),
        (OSError("without a number"), NetworkError, "local-channel"),
        (ImportError("No module named 'zenoh'"), UnavailableError, "zenoh-missing"),
    ],
)
def test_each_foreign_error_has_one_of_ours(error: Exception, kind: type[AgoraError], code: str) -> None:
    ours = translate(error, "join")
    assert type(ours) is kind
    assert ours.code == code
    assert ours.message.startswith("cannot join: ")
    assert "\n" not in ours.message


def test_the_message_says_what_and_where_but_not_where_in_foreign_source() -> None:
    assert translate(OSError(errno.EACCES, "Permission denied", "/run/x"), "join").message == (
        "cannot join: Permission denied: /run/x"
    )
    assert translate(zenoh.ZError("no\n link at /root/.cargo/x.rs:12."), "join").message == "cannot join: no link"
    assert translate(zenoh.ZError(""), "join").message == "cannot join: ZError"


def test_the_map_is_complete_for_what_zenoh_and_the_system_raise() -> None:
    for foreign in foreign_errors():
        with pytest.raises(AgoraError), translated("join"):
            raise foreign("x")


def test_our_own_errors_and_bugs_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), translated("join"):
        raise ZeroDivisionError
    with pytest.raises(RefusedError, match="mine"), translated("join"):
        raise RefusedError("mine", "mine")


def test_foreign_errors_are_translated_in_one_file_only() -> None:
    """Nothing else of the local engine may name zenoh's exception, or build an error from a foreign one."""
    for path in [*(PACKAGE / "mesh").glob("*.py"), *(PACKAGE / "engines" / "local").glob("*.py")]:
        if path.name == "failures.py":
            continue
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        assert "ZError" not in names, path
        assert "OSError" not in names, path
