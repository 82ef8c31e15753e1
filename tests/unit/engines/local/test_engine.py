from pathlib import Path

import pytest

from agora_cli.engines.base import ConnectionSpec, Encryption
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.errors import RefusedError, UsageError
from agora_cli.mesh.directory import meeting_path, namespace_directory


def test_its_name() -> None:
    assert LocalEngine(Path("/nowhere")).name == "local"


def test_options_it_has_not_are_refused_not_ignored(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path / "run")
    with pytest.raises(UsageError, match="no parameter 'area'"):
        engine.open(ConnectionSpec("", "ch", parameters={"area": "CN"}))
    with pytest.raises(UsageError, match="no 'AES_128_GCM2'"):
        engine.open(ConnectionSpec("", "ch", encryption=Encryption("AES_128_GCM2", b"k")))
    assert not (tmp_path / "run").exists()


def test_a_directory_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o777)
    (tmp_path / "run").chmod(0o777)
    with pytest.raises(RefusedError, match="mode 0777"):
        LocalEngine(tmp_path / "run").open(ConnectionSpec("", "ch"))


def test_the_connections_of_an_engine_share_one_session_and_the_last_closes_it(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path / "run")
    entries = meeting_path(namespace_directory(tmp_path / "run", "n"))
    connections = [engine.open(ConnectionSpec("n", f"ch{number}")) for number in range(3)]
    assert len(list(entries.glob("*.ep"))) == 1
    connections[0].close()
    connections[0].close()
    connections[1].close()
    assert len(list(entries.glob("*.ep"))) == 1
    connections[2].close()
    assert list(entries.glob("*.ep")) == []
    engine.open(ConnectionSpec("n", "ch")).close()
    assert list(entries.glob("*.ep")) == []
