import os
from pathlib import Path

import pytest

from agora_cli.errors import RefusedError
from agora_cli.mesh.directory import (
    default_runtime_dir,
    meeting_directory,
    meeting_path,
    namespace_directory,
    namespace_hash,
)


def test_the_runtime_directory_follows_xdg() -> None:
    assert default_runtime_dir({"XDG_RUNTIME_DIR": "/run/user/7"}) == Path("/run/user/7/agora")
    fallback = Path(f"/tmp/agora-{os.getuid()}")
    assert default_runtime_dir({}) == fallback
    assert default_runtime_dir({"XDG_RUNTIME_DIR": ""}) == fallback
    assert default_runtime_dir({"XDG_RUNTIME_DIR": "relative"}) == fallback


def test_directories_are_made_private(tmp_path: Path) -> None:
    directory = namespace_directory(tmp_path / "run", "any / text ☺")
    assert directory == tmp_path / "run" / namespace_hash("any / text ☺")
    assert directory.stat().st_mode & 0o777 == 0o700
    assert directory.parent.stat().st_mode & 0o777 == 0o700
    assert namespace_directory(tmp_path / "run", "any / text ☺") == directory


def test_a_directory_open_to_others_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir(mode=0o755)
    with pytest.raises(RefusedError, match="open to others: mode 0755, expected 0700"):
        namespace_directory(run, "n")


def test_a_link_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(RefusedError, match="a symbolic link"):
        namespace_directory(tmp_path / "run", "n")


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace_directory(tmp_path / "run", "n")
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(RefusedError, match=f"owned by user {owner}, not {owner + 1}"):
        namespace_directory(tmp_path / "run", "n")


def test_a_path_that_a_socket_can_have_is_where_it_lies() -> None:
    longest = Path("/" + "d" * (107 - len("/4194304-01234567.ep") - 1))
    assert meeting_path(longest) == longest
    assert meeting_path(Path(f"{longest}d")) != Path(f"{longest}d")


@pytest.mark.parametrize("name", ["x" * 108, "a?b", "a#b", "a;b", "a,b"])
def test_any_other_has_a_short_private_directory_of_its_own(name: str, tmp_path: Path) -> None:
    directory = tmp_path / name
    assert not meeting_path(directory).exists()
    meeting = meeting_directory(directory)
    try:
        assert meeting.parent == Path("/tmp")
        assert meeting.name.startswith(f"agora-{os.getuid()}-")
        assert meeting.stat().st_mode & 0o777 == 0o700
        assert meeting == meeting_path(directory) != meeting_path(tmp_path / f"{name}2")
        meeting.chmod(0o755)
        with pytest.raises(RefusedError, match="open to others"):
            meeting_directory(directory)
    finally:
        meeting.rmdir()
