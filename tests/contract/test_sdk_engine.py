"""The sdk engine over the published package and a fake native library: joining, links, users, settings, crashes."""

from typing import Any

import pytest

from tests.contract.sdk_fake.fixtures import Fake


@pytest.mark.parametrize(
    ("outcome", "code", "exit_code"),
    [
        ("failure:3", "banned", 4),
        ("failure:4", "join-failed", 4),
        ("failure:6", "app-id", 4),
        ("failure:7", "channel-name", 4),
        ("failure:8", "token-invalid", 4),
        ("failure:9", "token-expired", 4),
        ("failure:10", "rejected", 4),
        ("failure:14", "keep-alive", 5),
        ("failure:16", "link-lost", 5),
        ("disconnected:19", "same-user", 4),
        ("failure:20", "too-many-hosts", 4),
        ("failure:99", "link-failed", 5),
        ("error:101", "app-id", 4),
        ("error:109", "token-expired", 4),
        ("error:110", "token-invalid", 4),
        ("silence", "connect-timeout", 5),
    ],
)
def test_each_way_to_be_refused(newest: Fake, outcome: str, code: str, exit_code: int) -> None:
    timeout_s = 0.3 if outcome == "silence" else 20
    result = newest.scenario("refused", env={"AGORA_FAKE_CONNECT": outcome}, timeout_s=timeout_s).result
    assert (result["code"], result["exit"]) == (code, exit_code)


def test_an_app_id_of_31_digits_loads_nothing(newest: Fake) -> None:
    outcome = newest.scenario("refused", app_id="0" * 31)
    assert (outcome.result["code"], outcome.result["exit"]) == ("app-id", 2)
    assert outcome.calls == []


def test_the_link_is_lost_and_comes_back(fake: Fake) -> None:
    script = "20:reconnecting:2,40:lost:0,60:reconnected:15,80:error:115"
    outcome = fake.scenario("events", wanted=4, env={"AGORA_FAKE_SCRIPT": script})
    assert outcome.result["events"] == [
        ["LinkChanged", "reconnecting", 2, "the connection was interrupted"],
        ["LinkChanged", "reconnecting", 16, "the link was lost"],
        ["LinkChanged", "connected", 15, "joined again"],
        ["LinkChanged", "connected", 0, "error 115: scripted"],
    ]


@pytest.mark.parametrize(
    ("event", "reason"), [("failure:3", 3), ("disconnected:19", 19), ("error:109", 9), ("did_expire:0", 9)]
)
def test_a_session_that_is_ended_from_outside(newest: Fake, event: str, reason: int) -> None:
    outcome = newest.scenario("events", wanted=1, env={"AGORA_FAKE_SCRIPT": f"20:{event}"})
    assert [found[:3] for found in outcome.result["events"]] == [["LinkChanged", "failed", reason]]


def test_the_token_is_renewed_by_a_worker(fake: Fake) -> None:
    outcome = fake.scenario("events", wanted=2, mint=True, env={"AGORA_FAKE_SCRIPT": "20:will_expire:0"})
    assert outcome.result["events"] == [["TokenExpiring", 30], ["LinkChanged", "connected", 12, "token renewed"]]
    assert outcome.args("agora_rtc_conn_renew_token") == [["new-token"]]


def test_a_refused_renewal_is_told(newest: Fake) -> None:
    env = {"AGORA_FAKE_SCRIPT": "20:will_expire:0", "AGORA_FAKE_ERRORS": "agora_rtc_conn_renew_token=-110"}
    outcome = newest.scenario("events", wanted=2, mint=True, env=env)
    assert outcome.result["events"][1] == [
        "LinkChanged",
        "connected",
        0,
        "the token is not valid (error 110): renew_token",
    ]


def test_without_a_mint_nothing_is_renewed(newest: Fake) -> None:
    outcome = newest.scenario("events", wanted=1, env={"AGORA_FAKE_SCRIPT": "20:will_expire:0"})
    assert outcome.args("agora_rtc_conn_renew_token") == []


def test_the_app_id_stands_for_a_token_that_was_not_given(newest: Fake) -> None:
    assert newest.scenario("events").args("agora_rtc_conn_connect")[0][0] == "0123456789abcdef0123456789abcdef"
    assert newest.scenario("events", token="007x").args("agora_rtc_conn_connect")[0][0] == "007x"


def test_an_assigned_user_id_is_told(newest: Fake) -> None:
    assert int(newest.scenario("facts").result["user"]) == 7
    assert newest.scenario("events", user="0").args("agora_rtc_conn_connect")[0][2] == "0"


def test_encryption_with_the_same_key_and_with_another(fake: Fake) -> None:
    same = fake.scenario("encryption")
    assert same.result == {"frames": 3, "failed": False}
    assert same.args("agora_rtc_conn_enable_encryption")[0] == [1, {"mode": 8, "salt0": 1, "datastream": 1}]
    names = same.names()
    assert names.index("agora_rtc_conn_enable_encryption") < names.index("agora_rtc_conn_connect")
    other = fake.scenario("encryption", other_key="another")
    assert other.result == {"frames": 0, "failed": True}


@pytest.mark.parametrize("other", [{"other_mode": "aes-128-gcm2"}, {"other_salt": 2}])
def test_another_mode_or_salt_is_another_key(newest: Fake, other: dict[str, Any]) -> None:
    assert newest.scenario("encryption", **other).result == {"frames": 0, "failed": True}


def test_who_only_listens_is_seen_by_nobody_and_sees_all_who_send(fake: Fake) -> None:
    assert fake.scenario("unseen").result == {"watcher": ["7"], "listener": ["7", "9"]}


def test_encryption_without_salt(newest: Fake) -> None:
    outcome = newest.scenario("encryption", mode="sm4-128-ecb")
    assert outcome.args("agora_rtc_conn_enable_encryption")[0] == [1, {"mode": 4, "salt0": 0, "datastream": 0}]


@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9", "av1", "jpeg"])
def test_every_codec_that_can_be_sent(newest: Fake, codec: str) -> None:
    outcome = newest.scenario("send_video", codec=codec, audio=False)
    number = {"vp8": 1, "h264": 2, "vp9": 5, "av1": 12, "jpeg": 20}[codec]
    assert outcome.args("sender_options") == [[0, number, 500]]
    assert {sent[1]["codec"] for sent in outcome.args("agora_video_encoded_image_sender_send")} == {number}


def test_h265_cannot_be_sent(newest: Fake) -> None:
    outcome = newest.scenario("refused", publish={"video": "encoded", "video_codec": "h265"})
    assert (outcome.result["code"], outcome.result["exit"]) == ("video-codec", 3)


@pytest.mark.parametrize(("key", "value"), [("simulcast", "320x180@15:150k"), ("incremental", "2000:2")])
def test_settings_for_media_that_is_not_sent_are_no_silence(newest: Fake, key: str, value: str) -> None:
    publish = {"video": "encoded", "video_codec": "h264"}
    result = newest.scenario("refused", publish=publish, parameters={key: value}).result
    assert (result["code"], result["exit"]) == (key, 2)


def test_what_cannot_be_pushed(fake: Fake) -> None:
    assert fake.scenario("refused_units").result == {
        "pcm": "sdk-track",
        "codec": "video-codec",
        "metadata": "video-metadata",
        "audio_metadata": "metadata-size",
        "empty": "data-size",
        "large": "data-size",
        "fast": "data-rate",
        "closed": "connection-closed",
        "audience": "role",
        "audience_data": "role",
    }


def test_one_user_only(fake: Fake) -> None:
    outcome = fake.scenario("chosen_users")
    assert outcome.result == {"users": ["7"]}
    assert outcome.args("agora_rtc_conn_create")[0][0]["auto_audio"] == 0
    assert outcome.args("agora_local_user_subscribe_audio") == [["7"]]
    assert outcome.args("agora_local_user_subscribe_video") == [["7", 1]]


def test_mixed_sound_comes_under_one_name(fake: Fake) -> None:
    outcome = fake.scenario("record", mixed=True, sampleRate="16000")
    assert outcome.result["users"] == ["7", "mixed"]
    assert outcome.result["same"]
    assert outcome.args("agora_local_user_set_playback_audio_frame_parameters") == [[1, 16000, 0, 160]]


def test_a_pooled_connection_serves_several_channels(fake: Fake) -> None:
    outcome = fake.scenario("reuse")
    assert [arguments[1] for arguments in outcome.args("agora_rtc_conn_connect")] == ["demo0", "demo1", "demo2"]
    assert len(outcome.args("agora_rtc_conn_create")) == 1
    assert len(outcome.args("agora_rtc_conn_destroy")) == 1
    assert len(fake.scenario("reuse", reuse="0").args("agora_rtc_conn_create")) == 3


def test_connections_with_different_scenarios_share_the_service(fake: Fake) -> None:
    outcome = fake.scenario("several")
    assert outcome.result["code"] == "sdk-service-settings"
    assert len(outcome.args("agora_service_create")) == 1
    assert "agora_service_create_direct_custom_audio_track_pcm" in outcome.names()  # of ai-server


def test_a_second_service_is_refused(fake: Fake) -> None:
    result = fake.scenario("second_service").result
    assert (result["code"], result["exit"]) == ("sdk-second-service", 7)


def test_every_setting_reaches_the_sdk(fake: Fake) -> None:
    settings = {
        "scenario": "ai-server",
        "profile": "music-high-quality",
        "area": "eu,na",
        "domainLimit": "1",
        "logFilter": "warn",
        "apm": "ns,aec",
        "channelProfile": "communication",
        "logSize": "2048",
        "dataDir": "/tmp/sdk-data",
        "configDir": "/tmp/sdk-config",
        "portRange": "40000-40100",
        "incremental": "2000:2",
        "param.che.audio.x": "true",
        "param.rtc.name": "text",
    }
    outcome = fake.scenario("send_pcm", **settings)
    config = outcome.args("agora_service_initialize")[0][1]
    assert (config["area"], config["scenario"], config["domain_limit"]) == (6, 9, 1)
    assert (config["channel_profile"], config["log_kb"]) == (0, 2048)
    assert (config["data_dir"], config["config_dir"]) == ("/tmp/sdk-data", "/tmp/sdk-config")
    kind = outcome.args("agora_rtc_conn_create")[0][0]
    assert (kind["channel_profile"], kind["ports"]) == (0, [40000, 40100])
    assert '{"che.audio.x": true, "rtc.name": "text"}' in [
        arguments[0] for arguments in outcome.args("agora_parameter_set_parameters")
    ]
    assert outcome.args("agora_local_audio_track_set_total_extra_send_ms") == [[2000]]
    assert "agora_service_set_log_filter" in outcome.names()


def test_a_refused_parameter_is_a_usage_error(newest: Fake) -> None:
    env = {"AGORA_FAKE_ERRORS": "agora_parameter_set_parameters=-2"}
    outcome = newest.scenario("refused", parameters={"param.x": "1"}, env=env)
    assert (outcome.result["code"], outcome.result["exit"]) == ("sdk-parameter", 2)


@pytest.mark.parametrize(("how", "name"), [("abort", "SIGABRT"), ("segv", "SIGSEGV")])
def test_a_crash_ends_with_code_8_and_a_line(fake: Fake, how: str, name: str) -> None:
    crash = {"AGORA_FAKE_CRASH": f"{how}:agora_local_user_publish_audio", "TEST_JSON_OUTPUT": "1"}
    outcome = fake.scenario("send_pcm", clean=False, env=crash)
    assert outcome.returncode == 8
    first, second = outcome.stderr.splitlines()
    assert first == f"error: native code died ({name}); what was recorded until then is on disk"
    assert second.startswith("hint: the SDK's log: ")
    assert outcome.result["error"]["exit"] == 8
    assert name in outcome.result["error"]["message"]
