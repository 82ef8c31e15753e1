"""The calls that reach the native library, in order, for each task: what the SDK's own samples do, no more."""

import time

from tests.contract.sdk_fake.fixtures import Fake

APP_ID = "0123456789abcdef0123456789abcdef"

SERVICE = [
    "agora_service_create",
    "agora_service_initialize",
    "agora_service_create_media_node_factory",
]
SERVICE_END = ["agora_service_release", "agora_media_node_factory_destroy"]
CONNECTION_END = ["agora_rtc_conn_disconnect", "agora_rtc_conn_unregister_observer", "agora_rtc_conn_destroy"]
PCM_TRACK = [
    "agora_media_node_factory_create_audio_pcm_data_sender",
    "agora_service_create_custom_audio_track_pcm",
    "agora_local_audio_track_set_max_bufferd_frame_number",
    "agora_local_audio_track_set_send_delay_ms",
    "agora_local_audio_track_set_enabled",
    "agora_local_audio_track_set_enabled",
]
ENCODED_VIDEO_TRACK = [
    "agora_media_node_factory_create_video_encoded_image_sender",
    "agora_service_create_custom_video_track_encoded",
]
PROFILE = ["agora_local_user_set_audio_scenario", "agora_local_user_set_audio_encoder_config"]
OBSERVERS = ["agora_rtc_conn_register_observer", "agora_local_user_register_observer"]
# Settings that the package makes by itself, and the fake's own line.
UNINTERESTING = (
    "agora_service_enable_extension",
    "agora_service_get_agora_parameter",
    "agora_parameter_",
    "agora_rtc_conn_get_agora_parameter",
    "agora_rtc_conn_get_local_user",
    "sender_options",
)


def test_send_pcm(fake: Fake) -> None:
    outcome = fake.scenario("send_pcm", frames=5)
    assert outcome.result == {"flushed": True, "user": "7", "sent": 5}
    assert outcome.names(*UNINTERESTING) == [
        *SERVICE,
        "agora_rtc_conn_create",
        *PCM_TRACK,
        *PROFILE,
        "agora_rtc_conn_create_data_stream",
        *OBSERVERS,
        "agora_rtc_conn_connect",
        "agora_local_user_publish_audio",
        *["agora_audio_pcm_data_sender_send"] * 5,
        "agora_local_user_unpublish_audio",
        "agora_local_user_unregister_observer",
        *CONNECTION_END,
        "agora_local_audio_track_destroy",
        "agora_audio_pcm_data_sender_destroy",
        *SERVICE_END,
    ]
    assert outcome.args("agora_rtc_conn_connect") == [[APP_ID, "demo", "7"]]
    assert outcome.args("agora_rtc_conn_create") == [[{"auto_audio": 0, "auto_video": 0, "role": 1} | DEFAULT_KIND]]
    sent = outcome.args("agora_audio_pcm_data_sender_send")
    assert sent == [[160, 1, 16000, number * 10] for number in range(5)]


def send_video_calls(pushes: list[str]) -> list[str]:
    """Return the calls of a process that sends encoded video and PCM."""
    return [
        *SERVICE,
        "agora_rtc_conn_create",
        *PCM_TRACK[:-1],
        *ENCODED_VIDEO_TRACK,
        PCM_TRACK[-1],
        "agora_local_video_track_set_enabled",
        *PROFILE,
        "agora_rtc_conn_create_data_stream",
        *OBSERVERS,
        "agora_rtc_conn_connect",
        "agora_local_user_publish_audio",
        "agora_local_user_publish_video",
        *pushes,
        "agora_local_user_unpublish_audio",
        "agora_local_user_unpublish_video",
        "agora_local_user_unregister_observer",
        *CONNECTION_END,
        "agora_local_audio_track_destroy",
        "agora_local_video_track_destroy",
        "agora_audio_pcm_data_sender_destroy",
        "agora_video_encoded_image_sender_destroy",
        *SERVICE_END,
    ]


# live broadcasting, any port
DEFAULT_KIND = {"channel_profile": 1, "ports": [0, 0]}
RECORD_CALLS = [
    *SERVICE,
    "agora_rtc_conn_create",
    *PROFILE,
    "agora_rtc_conn_create_data_stream",
    *OBSERVERS,
    "agora_local_user_set_audio_volume_indication_parameters",
    "agora_local_user_set_playback_audio_frame_before_mixing_parameters",
    "agora_local_user_register_audio_frame_observer",
    "agora_local_user_subscribe_all_video",
    "agora_video_encoded_frame_observer_create",
    "agora_local_user_register_video_encoded_frame_observer",
    "agora_rtc_conn_connect",
    "agora_local_user_unregister_audio_frame_observer",
    "agora_local_user_unregister_video_encoded_frame_observer",
    "agora_video_encoded_frame_observer_destroy",
    "agora_local_user_unregister_observer",
    *CONNECTION_END,
    *SERVICE_END,
]


def test_send_encoded_video_and_pcm(fake: Fake) -> None:
    outcome = fake.scenario("send_video")
    pushes = ["agora_video_encoded_image_sender_send", *["agora_audio_pcm_data_sender_send"] * 4] * 3
    assert outcome.names(*UNINTERESTING) == send_video_calls(pushes)
    # congestion control on, H264, kbit/s
    assert outcome.args("sender_options") == [[0, 2, 500]]
    frames = [arguments[1] for arguments in outcome.args("agora_video_encoded_image_sender_send")]
    captured_ms = frames[0]["ms"]
    assert 0 <= time.time() * 1000 - captured_ms < 60_000  # Unix time, and a moment ago
    assert frames == [
        {"codec": 2, "size": [320, 240], "fps": 25, "type": 3 if number == 0 else 4, "ms": captured_ms + 40 * number}
        for number in range(3)
    ]


def test_record_pcm_and_encoded_video(fake: Fake) -> None:
    outcome = fake.scenario("record", sampleRate="16000")
    assert outcome.result == {
        "joined": ["7"],
        "users": ["7"],
        "audio": [[0, 16000, 1], [10000, 16000, 1], [20000, 16000, 1]],
        "same": True,
        "video": [[0, "h264", 320, 240, True], [40000, "h264", 320, 240, False]],
        "video_same": True,
    }
    # The sender of this process came after the recorder, and went before it.
    names = outcome.names(*UNINTERESTING)
    joined = RECORD_CALLS.index("agora_rtc_conn_connect") + 1
    assert names[:joined] == RECORD_CALLS[:joined]
    assert names[-9:] == RECORD_CALLS[-9:]
    assert outcome.args("agora_rtc_conn_create")[0] == [{"auto_audio": 1, "auto_video": 0, "role": 1} | DEFAULT_KIND]
    assert outcome.args("agora_local_user_set_playback_audio_frame_before_mixing_parameters") == [[1, 16000]]
    assert outcome.args("agora_local_user_subscribe_all_video") == [[0, 1]]


def test_the_small_stream_can_be_asked_for(newest: Fake) -> None:
    outcome = newest.scenario("record", lowStream="1")
    assert outcome.args("agora_local_user_subscribe_all_video") == [[1, 1]]
