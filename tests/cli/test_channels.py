"""`agora channels` beside living processes."""

from pathlib import Path

from .run import agora, start, wait_for_line


def test_what_is_alive_is_listed(tmp_path: Path) -> None:
    nothing = agora(tmp_path, "channels")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "no channel is alive on this machine\n")
    record = ("record", "--output", tmp_path / "out", "--engine", "local", "--channelId", "room 1")
    with start(tmp_path, *record, "--userId", 7) as one, start(tmp_path, *record, "--appId", "team") as other:
        for process in (one, other):
            wait_for_line(process, "joined room 1")
        listed = agora(tmp_path, "channels", "--json").json
        shown = agora(tmp_path, "channels").out
        for process in (one, other):
            process.kill()
            process.communicate()
    first, second = listed["channels"]
    assert (first["namespace"], first["channel"]) == ("default", "room 1")
    assert first["users"] == [{"userId": "7", "pid": one.pid}]
    assert (second["namespace"], second["users"][0]["pid"]) == ("team", other.pid)
    assert f"7 ({one.pid})" in shown
    assert agora(tmp_path, "channels", "--json").json == {"ok": True, "channels": []}
