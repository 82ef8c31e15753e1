"""The zenoh configuration of a local mesh, as measured: unix sockets only, nothing scouts."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

_MIB = 1024 * 1024
SHM_POOL_BYTES = 32 * _MIB
SMALL_SHM_POOL_BYTES = 16 * _MIB
# A container's default /dev/shm is 64 MB: two processes with the full pool would fill it.
SMALL_SHM_BYTES = 128 * _MIB
LEASE_MS = 3000
# Nobody makes us gather more than this for one packet: a picture of 8K in RGBA has 127 MiB.
MAX_PACKET_BYTES = 164 * _MIB
HANDSHAKE_MS = 1000
# How long an open waits for the links to all who are there: to the end where one does not answer.
DELAY_MS = 500
STOPPED_DELAY_MS = 100


def session_config(
    namespace_key: str, listen: str, connect: Sequence[str], shm_pool_bytes: int, delay_ms: int = DELAY_MS
) -> str:
    """Return the JSON for zenoh.Config.from_json5.

    `namespace_key` is a key expression put before all keys; `listen` and `connect` are endpoints;
    `shm_pool_bytes` 0 switches shared memory off; an open waits for links at most `delay_ms`.
    """
    return json.dumps(
        {
            "mode": "peer",
            "namespace": namespace_key,
            "listen": {"endpoints": [listen], "exit_on_failure": True},
            "connect": {
                "endpoints": list(connect),
                "timeout_ms": -1,
                "exit_on_failure": False,
                "retry": {"period_init_ms": 200, "period_max_ms": 2000, "period_increase_factor": 2},
            },
            # Waiting for the declarations of all peers took 500 ms at random; without the links, first puts are lost.
            "open": {"return_conditions": {"connect_scouted": True, "declares": False}},
            # Gossip leaves newcomers alone when its hub dies; multicast shows a channel to every user of the host.
            "scouting": {"delay": delay_ms, "multicast": {"enabled": False}, "gossip": {"enabled": False}},
            "adminspace": {"enabled": False},
            "transport": {
                # A stopped process never answers; zenoh's own 10 s would keep everybody else from leaving.
                "unicast": {"max_sessions": 256, "open_timeout": HANDSHAKE_MS, "accept_timeout": HANDSHAKE_MS},
                "shared_memory": _shared_memory(shm_pool_bytes),
                "link": {
                    "protocols": ["unixsock-stream"],
                    "tx": _TRANSMIT,
                    "rx": {"max_message_size": MAX_PACKET_BYTES},
                },
            },
        }
    )


def shm_pool_bytes(shm_directory: Path = Path("/dev/shm")) -> int:
    """Return the size of a pool that the machine's shared memory can carry; 0 where there is too little."""
    if not shm_directory.is_dir():
        return SHM_POOL_BYTES  # not Linux: the system allots it elsewhere
    status = os.statvfs(shm_directory)
    if status.f_frsize * status.f_bavail < 2 * SMALL_SHM_POOL_BYTES:
        return 0
    return SMALL_SHM_POOL_BYTES if status.f_frsize * status.f_blocks < SMALL_SHM_BYTES else SHM_POOL_BYTES


def _shared_memory(pool_bytes: int) -> dict[str, object]:
    if not pool_bytes:
        return {"enabled": False}
    return {"enabled": True, "transport_optimization": {"pool_size": pool_bytes}}


_TRANSMIT = {
    "lease": LEASE_MS,
    "keep_alive": 4,
    "queue": {
        # Batches of 64 KB a priority. 16 hold a burst of 100 streams; the control queues stay short.
        "size": {
            "control": 2,
            "real_time": 16,
            "interactive_high": 16,
            "interactive_low": 16,
            "data_high": 16,
            "data": 16,
            "data_low": 2,
            "background": 2,
        },
        "congestion_control": {
            "drop": {"wait_before_drop": 5000, "max_wait_before_drop_fragments": 50000},
            "block": {"wait_before_close": 2000000},
        },
    },
}
