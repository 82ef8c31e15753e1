"""sdklib/repairs.py on structures built as the package builds its own."""

import ctypes
from types import SimpleNamespace
from typing import Any

from agora_cli.sdklib import repairs

NOTHING = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
MESSAGE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t)
METADATA = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
ERROR = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)


class UserObserver(ctypes.Structure):
    """As RTCLocalUserObserverInner: binary data declared as C strings."""

    _fields_ = [("on_other", NOTHING), ("on_stream_message", MESSAGE), ("on_audio_meta_data_received", METADATA)]

    def __init__(self, observer: Any, user: Any) -> None:
        self.local_user_observer = observer
        self.local_user = user
        self.on_stream_message = MESSAGE(lambda *values: None)
        self.on_audio_meta_data_received = METADATA(lambda *values: None)


class ConnectionObserver(ctypes.Structure):
    """As RTCConnectionObserverInner: a field listed twice."""

    _fields_ = [("on_other", NOTHING), ("on_error", ERROR), ("on_more", NOTHING), ("on_error", ERROR)]

    def __init__(self, observer: Any, connection: Any) -> None:
        self.on_error = ERROR(lambda handle, number: observer.append(number))


class Message(ctypes.Structure):
    """As MessageEventInner."""

    _fields_ = [
        ("channelType", ctypes.c_int),
        ("messageType", ctypes.c_int),
        ("channelName", ctypes.c_char_p),
        ("channelTopic", ctypes.c_char_p),
        ("message", ctypes.c_char_p),
        ("messageLength", ctypes.c_size_t),
        ("publisher", ctypes.c_char_p),
        ("customType", ctypes.c_char_p),
    ]


class Recorder:
    def __init__(self) -> None:
        self.got: list[tuple[Any, ...]] = []

    def on_stream_message(self, *values: Any) -> None:
        self.got.append(values)

    def on_audio_meta_data_received(self, *values: Any) -> None:
        self.got.append(values)


def slot(structure: ctypes.Structure, number: int) -> int:
    """Return the address that native code would call."""
    return ctypes.c_void_p.from_buffer(structure, number * ctypes.sizeof(ctypes.c_void_p)).value or 0


def test_binary_callbacks_get_every_byte() -> None:
    recorder = Recorder()
    inner = repairs.binary_safe(UserObserver)(recorder, "me")
    data = b"a\0b\0"
    buffer = ctypes.create_string_buffer(data, len(data))
    native = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
    native(slot(inner, 1))(None, b"7", 1, ctypes.addressof(buffer), len(data))
    native(slot(inner, 1))(None, None, 1, None, 0)
    native = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t)
    native(slot(inner, 2))(None, b"8", ctypes.addressof(buffer), len(data))
    assert recorder.got == [("me", "7", 1, data, 4), ("me", "", 1, b"", 0), ("me", "8", data)]
    assert isinstance(inner, UserObserver)  # what the package's argtypes want


def test_a_shadowed_field_is_filled() -> None:
    numbers: list[int] = []
    assert slot(ConnectionObserver(numbers, None), 1) == 0  # the fault
    repaired = repairs.unshadowed(ConnectionObserver, "on_error")(numbers, None)
    ERROR(slot(repaired, 1))(None, 5)
    ERROR(slot(repaired, 3))(None, 6)
    assert numbers == [5, 6]


def rtm_module() -> Any:
    """Return what the repair changes of the package's module: a creation that fails with -10003, and messages."""

    def create(config: Any, code: Any) -> None:
        code._obj.value = -10003

    return SimpleNamespace(
        MessageEventInner=Message,
        MessageEvent=lambda **values: SimpleNamespace(**values),
        agora_rtm_client_create=create,
    )


def test_why_a_client_could_not_be_created_is_kept() -> None:
    module = rtm_module()
    repairs.repair_rtm(module)
    assert module.agora_rtm_client_create(None, ctypes.byref(ctypes.c_int(0))) is None
    assert module.created_code == -10003


def test_rtm_messages_keep_their_zero_bytes() -> None:
    module = rtm_module()
    repairs.repair_rtm(module)
    data = ctypes.create_string_buffer(b"\0x\0", 3)
    inner = Message(1, 0, b"room", None, ctypes.cast(data, ctypes.c_char_p), 3, b"anna", None)
    event = inner.get()  # type: ignore[attr-defined]
    assert (event.message, event.channel_name, event.publisher, event.custom_type) == (b"\0x\0", "room", "anna", "")
    empty = Message()
    assert empty.get().message == b""  # type: ignore[attr-defined]


def test_each_user_has_a_vad_configuration_of_its_own() -> None:
    class Vad:
        """As AudioVadV2: it changes the configuration that it is given."""

        def __init__(self, config: Any) -> None:
            config.start_rms += 127
            self.config = config

    class Manager:
        """As AudioVadManager, but for the method that is replaced."""

        def __init__(self) -> None:
            self._instance_map: dict[str, Vad] = {}
            self._vad_config = SimpleNamespace(start_rms=-50)

        def _make_key(self, channel: str, user: str) -> str:
            return channel + user

        def add(self, user: str) -> int:
            self._add_vad_instance("demo", user)  # type: ignore[attr-defined]
            return int(self._instance_map["demo" + user].config.start_rms)

    repairs.repair_vad(SimpleNamespace(AudioVadManager=Manager, AudioVadV2=Vad))  # type: ignore[arg-type]
    manager = Manager()
    assert [manager.add(user) for user in ("7", "8")] == [77, 77]
