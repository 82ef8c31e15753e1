import json
import os
from pathlib import Path

import pytest
import zenoh

from agora_cli.mesh.config import SHM_POOL_BYTES, SMALL_SHM_POOL_BYTES, session_config, shm_pool_bytes

MIB = 1024 * 1024


def test_nothing_listens_beyond_this_machine_and_nothing_scouts() -> None:
    config = json.loads(session_config("agora/0", "unixsock-stream//tmp/a.ep", [], 0))
    assert config["listen"]["endpoints"] == ["unixsock-stream//tmp/a.ep"]
    assert config["scouting"]["multicast"] == {"enabled": False}
    assert config["scouting"]["gossip"] == {"enabled": False}
    assert config["transport"]["link"]["protocols"] == ["unixsock-stream"]


@pytest.mark.parametrize("pool", [0, MIB])
def test_zenoh_accepts_it(pool: int) -> None:
    config = zenoh.Config.from_json5(session_config("agora/0", "unixsock-stream//a", ["unixsock-stream//b"], pool))
    shared_memory = json.loads(config.get_json("transport/shared_memory"))
    assert shared_memory["enabled"] is bool(pool)
    if pool:
        assert shared_memory["transport_optimization"]["pool_size"] == pool


@pytest.mark.parametrize(
    ("total", "free", "pool"),
    [
        (1024 * MIB, 1000 * MIB, SHM_POOL_BYTES),
        (64 * MIB, 64 * MIB, SMALL_SHM_POOL_BYTES),
        (1024 * MIB, 20 * MIB, 0),
        (1 * MIB, 1 * MIB, 0),
    ],
)
def test_the_pool_fits_the_machine(
    total: int, free: int, pool: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = os.statvfs_result((4096, 4096, total // 4096, free // 4096, free // 4096, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: status)
    assert shm_pool_bytes(tmp_path) == pool


def test_a_system_without_the_directory_gets_the_full_pool(tmp_path: Path) -> None:
    assert shm_pool_bytes(tmp_path / "none") == SHM_POOL_BYTES
