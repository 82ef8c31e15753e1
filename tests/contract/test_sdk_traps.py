"""Each fault and oddity of the package that the engine shields its callers from, on every supported version."""

import pytest

from tests.contract.sdk_fake.fixtures import Fake


def test_binary_data_arrives_whole(fake: Fake) -> None:
    assert fake.scenario("binary").result == {"messages": True, "metadata": [True]}


def test_the_encryption_error_fires_once(fake: Fake) -> None:
    script = "20:encryption:1,21:encryption:1,22:intra:0"
    outcome = fake.scenario("events", wanted=2, env={"AGORA_FAKE_SCRIPT": script})
    assert outcome.result["events"] == [["DecryptionFailed", ""], ["KeyframeRequested", ""]]


@pytest.mark.parametrize(("rate_hz", "sent_hz"), [(11025, 16000), (22050, 24000), (44100, 48000), (96000, 48000)])
def test_rates_that_the_package_refuses_are_resampled(fake: Fake, rate_hz: int, sent_hz: int) -> None:
    # 20 frames of 10 ms, rounded down to whole samples
    outcome = fake.scenario("send_pcm", frames=20, rate_hz=rate_hz, samples=rate_hz // 100)
    sent = outcome.args("agora_audio_pcm_data_sender_send")
    assert {arguments[2] for arguments in sent} == {sent_hz}
    assert all(arguments[0] % (sent_hz // 1000) == 0 for arguments in sent)
    assert sum(arguments[0] for arguments in sent) / sent_hz == pytest.approx(0.2, abs=0.002)


def test_parts_of_a_millisecond_wait_for_the_next_push(fake: Fake) -> None:
    outcome = fake.scenario("send_pcm", frames=3, samples=100)  # 6.25 ms each
    assert outcome.args("agora_audio_pcm_data_sender_send") == [
        [96, 1, 16000, 0],
        [96, 1, 16000, 6],
        [96, 1, 16000, 12],
        [16, 1, 16000, 18],  # the tail: 12 samples and silence
    ]


def test_encoded_audio_may_be_any_kind_of_bytes(fake: Fake) -> None:
    outcome = fake.scenario("encoded_audio")
    assert set(outcome.result.values()) == {1}
    sent = outcome.args("agora_audio_encoded_frame_sender_send")
    assert [arguments[1]["codec"] for arguments in sent] == [1, 8, 5, 3, 4]
    captured_ms = sent[0][1].pop("ms")
    assert captured_ms > 1_700_000_000_000  # Unix time, as the pictures have
    assert sent[0] == [7, {"codec": 1, "rate": 48000, "samples": 960, "channels": 2}]


def test_a_picture_can_be_pushed_twice(fake: Fake) -> None:
    outcome = fake.scenario("pictures")
    assert outcome.result["same"] == [True, True]
    assert outcome.result["metadata"] == ["se\0i"]


def test_the_bit_rate_reaches_the_encoder_in_bits(fake: Fake) -> None:
    outcome = fake.scenario("pictures", bitrate_bps=300000, simulcast="160x90@10:80k")
    configured = outcome.args("agora_local_video_track_set_video_encoder_config")
    # Configured twice, for the first picture with alpha: 2.4.10 would multiply a shared object twice.
    assert [config[0]["bps"] for config in configured] == [300000, 300000]
    assert [config[0]["alpha"] for config in configured] == [0, 1]
    assert outcome.args("agora_local_video_track_enable_simulcast_stream")[0][1]["bps"] == 80000


def test_return_codes_mean_different_things(fake: Fake) -> None:
    codes = {
        "agora_audio_pcm_data_sender_send": -1,
        "agora_video_encoded_image_sender_send": 0,
        "agora_rtc_conn_send_stream_message": -115,
        "agora_local_user_send_audio_meta_data": -114,
        "agora_local_user_send_intra_request": -113,
    }
    errors = ",".join(f"{name}={code}" for name, code in codes.items())
    result = fake.scenario("push_refused", env={"AGORA_FAKE_ERRORS": errors}).result
    assert {name: (error["code"], error["exit"]) for name, error in result.items()} == {
        "pcm": ("sdk-call", 5),
        "video": ("sdk-call", 5),
        "data": ("message-too-fast", 3),
        "metadata": ("message-too-large", 3),
        "keyframe": ("not-in-channel", 5),
    }


def test_interrupt_works_though_it_reports_a_failure(fake: Fake) -> None:
    outcome = fake.scenario("keyframe")
    assert outcome.result == {"asked": ["Joined", "KeyframeRequested"], "left_s": 0.0}
    assert len(outcome.args("agora_local_audio_track_clear_sender_buffer")) == 1


def test_the_packages_own_vad_stays_off_and_close_comes_twice(fake: Fake) -> None:
    outcome = fake.scenario("facts")
    assert outcome.result == {"vad": False, "user": "7"}
    assert len(outcome.args("agora_rtc_conn_destroy")) == 1


def test_stats_are_copied_inside_the_callback(fake: Fake) -> None:
    outcome = fake.scenario("events", stats=True, env={"AGORA_FAKE_SCRIPT": "20:stats:55"})
    assert outcome.result["rtt_us"] == 55000
    assert "agora_local_user_get_local_audio_statistics" not in outcome.names()  # always raises


def test_a_missing_capability_is_told_and_not_handled_by_the_package(fake: Fake) -> None:
    outcome = fake.scenario(
        "events", wanted=1, parameters={"scenario": "ai-server"}, env={"AGORA_FAKE_SCRIPT": "20:capability:0"}
    )
    ((kind, state, reason, text),) = outcome.result["events"]
    assert (kind, state, reason) == ("LinkChanged", "connected", 0)
    assert "--scenario default" in text


def test_defaults_are_ours_and_not_the_packages(fake: Fake) -> None:
    outcome = fake.scenario("record", sampleRate="16000")
    ((app_id, config),) = outcome.args("agora_service_initialize")
    assert config["enable_video"] == 1
    assert config["scenario"] == 0
    assert outcome.args("agora_rtc_conn_create")[0][0]["auto_audio"] == 1


def test_string_accounts_use_string_ids(fake: Fake) -> None:
    outcome = fake.scenario("events", user="alice")
    assert outcome.args("agora_service_initialize")[0][1]["string_uid"] == 1


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("agora_service_initialize=-7", ("sdk-service", 7)),
        ("agora_service_create=1", ("sdk-service", 7)),
        ("agora_service_get_agora_parameter=1", ("sdk-service", 7)),
        ("agora_rtc_conn_create=1", ("sdk-connection", 7)),
        ("agora_media_node_factory_create_audio_pcm_data_sender=1", ("sdk-connection", 7)),
        ("agora_service_create_custom_audio_track_pcm=1", ("sdk-closed", 5)),
        ("agora_rtc_conn_connect=-102", ("channel-name", 4)),
        ("agora_rtc_conn_register_observer=-2", ("sdk-call", 5)),
        ("agora_local_user_publish_audio=-1", ("sdk-call", 5)),
    ],
)
def test_each_step_may_fail_and_leaves_nothing_behind(fake: Fake, function: str, error: tuple[str, int]) -> None:
    outcome = fake.scenario("refused", publish={"audio": "pcm"}, env={"AGORA_FAKE_ERRORS": function})
    assert (outcome.result["code"], outcome.result["exit"]) == error


def test_the_harness_sees_calls_in_callbacks_and_swallowed_exceptions(fake: Fake) -> None:
    called = fake.scenario("misbehave", clean=False, how="call")
    assert called.violations == ["SDK call inside a callback: agora_rtc_conn_send_stream_message"]
    raised = fake.scenario("misbehave", clean=False, how="raise")
    assert raised.returncode == 1
    assert "unraisable: ValueError: planted" in raised.stderr


def test_the_harness_sees_what_is_left_alive(fake: Fake) -> None:
    outcome = fake.scenario("leak", clean=False)
    assert outcome.returncode == 1
    assert "alive: RTCConnection" in outcome.stderr
