"""The one service that a process may have, and the connections made from it.

The SDK allows one service a process, for the process's life: a second one, or one after release, is an
error that it does not report. So the service outlives its connections; close() releases what is pooled and
then the service, once.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agora_cli.engines.base import ConnectionSpec, Publish, Role
from agora_cli.engines.sdk.parameters import SdkParameters
from agora_cli.engines.sdk.send import AUDIO_CODECS, VIDEO_CODECS, native_failure
from agora_cli.errors import InputError, UnavailableError, UsageError
from agora_cli.sdklib.load import Rtc

ROLES: dict[Role, int] = {"broadcaster": 1, "audience": 2}


@dataclass(frozen=True, slots=True)
class ConnectionKind:
    """What a native connection is made for; two connections of one kind can stand in for each other."""

    publish: Publish
    subscribe_all_audio: bool
    role: Role
    parameters: SdkParameters


class SdkService:
    """The native service: made at the first open, released once."""

    def __init__(self, rtc: Rtc, spec: ConnectionSpec, parameters: SdkParameters) -> None:
        """Create and initialise it. Raises UnavailableError for a second service, or one that does not start."""
        if not rtc.service_claim.acquire(blocking=False):
            raise UnavailableError("sdk-second-service", "the SDK allows one service a process, and there is one")
        self._rtc = rtc
        self._identity = self._identity_of(spec, parameters)
        self._pool: dict[ConnectionKind, list[Any]] = {}
        self._own_log_dir: Path | None = None
        self.log_file = parameters.log_file or str(self._make_log_dir() / "agorasdk.log")
        self._native = rtc.service.AgoraService()
        if cause := self._start(self._config(spec, parameters)):
            if self._native.inited:
                self._native.release()
            elif self._native.service_handle:
                rtc.service.agora_service_release(self._native.service_handle)
            self._native = None
            self._remove_log_dir()
            raise UnavailableError("sdk-service", f"the SDK's service does not start ({cause})")
        if parameters.log_filter is not None:
            rtc.service.agora_service_set_log_filter(self._native.service_handle, parameters.log_filter)

    def check(self, spec: ConnectionSpec, parameters: SdkParameters) -> None:
        """Raise UsageError for a connection that would need another service than this."""
        if self._identity_of(spec, parameters) != self._identity:
            raise UsageError(
                "sdk-service-settings",
                "all connections of a process share App ID, area, domain limit, log and APM settings,"
                " and have either numbers or accounts as user ids",
            )

    def take(self, spec: ConnectionSpec, parameters: SdkParameters) -> tuple[ConnectionKind, Any]:
        """Return a native connection for `spec`, from the pool or new. Raises UnavailableError, InputError."""
        everybody = spec.subscribe is not None and spec.subscribe.audio and not spec.subscribe.users
        kind = ConnectionKind(spec.publish, everybody, spec.role, parameters)
        pooled = self._pool.get(kind)
        if pooled:
            return kind, pooled.pop()
        return kind, self._create(kind)

    def give_back(self, kind: ConnectionKind, connection: Any, reusable: bool) -> None:
        """Take a disconnected connection: into the pool, or to its one release."""
        connection._unregister_observer()  # it would keep ours, and all that belongs to it, alive
        if reusable:
            self._pool.setdefault(kind, []).append(connection)
        else:
            connection.release()

    def close(self) -> None:
        """Release the pool and the service; a second call does nothing."""
        for connections in self._pool.values():
            for connection in connections:
                connection.release()
        self._pool.clear()
        if self._native is not None:
            self._native.release()
            self._native = None
            self._remove_log_dir()

    def _start(self, config: Any) -> str:
        """Initialise the native service; return why it did not start, or nothing."""
        if not self._native.service_handle:  # the package would go on with NULL
            return "no native service"
        try:
            code = self._native.initialize(config)
        except AttributeError as error:  # of the parameter object, None where native initialising failed
            return f"initialize: {error}"
        # The returned code is that of some later call: only `inited` tells.
        return "" if self._native.inited else f"initialize: {code}"

    def _create(self, kind: ConnectionKind) -> Any:
        base = self._rtc.base
        config = base.RTCConnConfig(
            auto_subscribe_audio=int(kind.subscribe_all_audio),
            auto_subscribe_video=0,
            client_role_type=base.ClientRoleType(ROLES[kind.role]),
            channel_profile=base.ChannelProfileType(kind.parameters.channel_profile),
            min_port=kind.parameters.port_range[0],
            max_port=kind.parameters.port_range[1],
        )
        # As create_rtc_connection() does, but in two steps, to hold the object that a failing __init__ leaves.
        kind_of_connection = self._rtc.connection.RTCConnection
        connection = kind_of_connection.__new__(kind_of_connection)
        try:
            connection.__init__(self._native, config, self._publish_config(kind))
        except AttributeError as error:  # of a sender or track that could not be made, and is None
            self._rtc.connection.agora_rtc_conn_release(connection.conn_handle)
            raise UnavailableError("sdk-connection", f"the SDK cannot prepare the connection: {error}") from error
        if connection.conn_handle is None:  # no exception: the object stays half built
            raise UnavailableError("sdk-connection", "the SDK cannot make a connection")
        if kind.parameters.native:
            code = connection.get_agora_parameter().set_parameters(kind.parameters.native)
            if code != 0:
                connection.release()
                raise UsageError("sdk-parameter", f"the SDK refused {kind.parameters.native}: code {code}")
        return connection

    def _publish_config(self, kind: ConnectionKind) -> Any:
        base, publish, parameters = self._rtc.base, kind.publish, kind.parameters
        if parameters.simulcast is not None and publish.video != "raw":
            raise UsageError("simulcast", "simulcast wants raw video, which the SDK encodes")
        if parameters.incremental is not None and publish.audio != "pcm":
            raise UsageError("incremental", "incremental sending wants PCM")
        if publish.audio_codec is not None and publish.audio_codec not in AUDIO_CODECS:
            raise InputError("audio-codec", f"the SDK cannot send {publish.audio_codec}")
        if publish.video == "encoded" and publish.video_codec not in VIDEO_CODECS:
            raise InputError("video-codec", f"the SDK cannot send {publish.video_codec or 'video of unknown codec'}")
        options = base.SenderOptions()
        if publish.video == "encoded":
            options.codec_type = base.VideoCodecType(VIDEO_CODECS[publish.video_codec or "h264"])
        if publish.bitrate_bps:
            options.target_bitrate = publish.bitrate_bps // 1000
        audio = {"none": 0, "pcm": 1, "encoded": 2}[publish.audio]
        video = {"none": 0, "raw": 1, "encoded": 2}[publish.video]
        incremental = None
        if parameters.incremental is not None:
            incremental = base.SendExternalAudioParameters(
                enabled=True, send_ms=parameters.incremental.ms, send_speed=parameters.incremental.speed
            )
        return base.RtcConnectionPublishConfig(
            audio_profile=base.AudioProfileType(parameters.profile),
            audio_scenario=base.AudioScenarioType(parameters.scenario),
            is_publish_audio=audio != 0,
            is_publish_video=video != 0,
            audio_publish_type=base.AudioPublishType(audio),
            video_publish_type=base.VideoPublishType(video),
            video_encoded_image_sender_options=options,
            send_external_audio_parameters=incremental,
        )

    def _config(self, spec: ConnectionSpec, parameters: SdkParameters) -> Any:
        base = self._rtc.base
        config = base.AgoraServiceConfig(
            appid=spec.app_id,
            enable_video=1,
            area_code=parameters.area,
            audio_scenario=base.AudioScenarioType(parameters.scenario),
            use_string_uid=int(not spec.user.isdigit()),
            domain_limit=int(parameters.domain_limit),
            log_path=self.log_file,
            log_file_size_kb=parameters.log_size,
            data_dir=parameters.data_dir,
            config_dir=parameters.config_dir,
            channel_profile=base.ChannelProfileType(parameters.channel_profile),
            should_callbck_when_muted=int(parameters.muted_frames),
        )
        if parameters.apm is not None:
            config.enable_apm = True
            config.apm_config = self._apm_config(parameters.apm)
        return config

    def _apm_config(self, switches: frozenset[str]) -> Any:
        config = self._rtc.base.APMConfig()
        config.ai_ns_config.ns_enabled = "ns" in switches
        config.ai_ns_config.ai_ns_enabled = "ains" in switches
        config.ai_aec_config.enabled = "aec" in switches
        config.bghvs_c_config.enabled = "bghvs" in switches
        config.agc_config.enabled = "agc" in switches
        config.enable_dump = "dump" in switches
        return config

    def _identity_of(self, spec: ConnectionSpec, parameters: SdkParameters) -> tuple[object, ...]:
        return spec.app_id, not spec.user.isdigit(), parameters.of_service

    def _make_log_dir(self) -> Path:
        """Make the directory for the SDK's log, which would else land where the command is run."""
        self._own_log_dir = Path(tempfile.mkdtemp(prefix="agora-sdk-"))
        return self._own_log_dir

    def _remove_log_dir(self) -> None:
        if self._own_log_dir is not None:
            shutil.rmtree(self._own_log_dir, ignore_errors=True)


def check_code(code: int, call: str) -> None:
    """Raise what a code other than 0 of a call means."""
    if code != 0:
        raise native_failure(code, call)
