"""Faults of the package that make it lose data, repaired in the loaded modules.

Each repair replaces a class by a subclass, or a method, under the name by which the package's own code looks
it up; no file is touched. All were found by calling the callbacks from a native library (versions 2.4.9 and
2.4.10).
"""

import copy
import ctypes
from types import ModuleType
from typing import Any


def repair_rtc(local_user: ModuleType, rtc_connection: ModuleType) -> None:
    """Repair stream messages, audio metadata and the encryption-error callback."""
    local_user.RTCLocalUserObserverInner = binary_safe(local_user.RTCLocalUserObserverInner)  # type: ignore[attr-defined]
    rtc_connection.RTCConnectionObserverInner = unshadowed(  # type: ignore[attr-defined]
        rtc_connection.RTCConnectionObserverInner, "on_encryption_error"
    )


def repair_vad(audio_vad_manager: ModuleType) -> None:
    """Give each user's VAD a configuration of its own: the shared one grows by 127 with every user."""

    def add(self: Any, channel: str, user: str) -> int:
        key = self._make_key(channel, user)
        self._instance_map[key] = audio_vad_manager.AudioVadV2(copy.copy(self._vad_config))
        return 0

    audio_vad_manager.AudioVadManager._add_vad_instance = add


def repair_rtm(rtm_client: ModuleType) -> None:
    """Repair messages of RTM, cut at the first zero byte too, and keep why a client could not be created.

    The package prints the code and forgets it: `created_code` of the module is the one of the last creation.
    """
    create = rtm_client.agora_rtm_client_create

    def agora_rtm_client_create(config: Any, code: Any) -> Any:
        handle = create(config, code)
        rtm_client.created_code = code._obj.value  # type: ignore[attr-defined]
        return handle

    rtm_client.agora_rtm_client_create = agora_rtm_client_create  # type: ignore[attr-defined]
    inner = rtm_client.MessageEventInner

    def get(self: Any) -> Any:
        return rtm_client.MessageEvent(
            channel_type=self.channelType,
            message_type=self.messageType,
            channel_name=text(self.channelName),
            channel_topic=text(self.channelTopic),
            message=field_bytes(self, "message", self.messageLength),
            message_length=self.messageLength,
            publisher=text(self.publisher),
            custom_type=text(self.customType),
        )

    inner.get = get


def binary_safe(inner: Any) -> Any:
    """Return the observer structure with its two binary callbacks reading all bytes.

    The package declares them with c_char_p, so ctypes makes a bytes object cut at the first zero byte, of
    which the package then reads `size` bytes: truncated data with whatever follows on the heap. Here the
    pointer arrives as a pointer; both slots have the size of one, so it can be written over the other.
    """
    pointer = ctypes.c_void_p
    stream_message = ctypes.CFUNCTYPE(None, pointer, ctypes.c_char_p, ctypes.c_int, pointer, ctypes.c_size_t)
    audio_metadata = ctypes.CFUNCTYPE(None, pointer, ctypes.c_char_p, pointer, ctypes.c_size_t)

    def on_stream_message(self: Any, handle: int, user: bytes, stream: int, data: int, size: int) -> None:
        content = ctypes.string_at(data, size) if data else b""
        self.local_user_observer.on_stream_message(self.local_user, text(user), stream, content, size)

    def on_audio_meta_data_received(self: Any, handle: int, user: bytes, data: int, size: int) -> None:
        content = ctypes.string_at(data, size) if data else b""
        self.local_user_observer.on_audio_meta_data_received(self.local_user, text(user), content)

    def __init__(self: Any, observer: Any, user: Any) -> None:
        inner.__init__(self, observer, user)
        # Kept on self: ctypes frees a callback that nobody holds.
        self.binary_callbacks = (
            stream_message(lambda *values: on_stream_message(self, *values)),
            audio_metadata(lambda *values: on_audio_meta_data_received(self, *values)),
        )
        for name, callback in zip(
            ("on_stream_message", "on_audio_meta_data_received"), self.binary_callbacks, strict=True
        ):
            write_pointer(self, field_offset(inner, name), callback)

    return type(inner.__name__, (inner,), {"__init__": __init__})


def unshadowed(inner: Any, name: str) -> Any:
    """Return an observer structure in which both fields called `name` hold the callback.

    The package lists the field twice; the attribute sets the later one, so the slot that the native side
    calls stays empty.
    """
    first = [field for field, _ in inner._fields_].index(name) * ctypes.sizeof(ctypes.c_void_p)

    def __init__(self: Any, observer: Any, connection: Any) -> None:
        inner.__init__(self, observer, connection)
        write_pointer(self, first, getattr(self, name))

    return type(inner.__name__, (inner,), {"__init__": __init__})


def field_bytes(structure: Any, name: str, size: int) -> bytes:
    """Return the `size` bytes that a c_char_p field points to, zero bytes included."""
    address = ctypes.c_void_p.from_buffer(structure, field_offset(type(structure), name)).value
    return ctypes.string_at(address, size) if address else b""


def field_offset(structure: Any, name: str) -> int:
    """Return where a field of a ctypes structure begins, in bytes."""
    offset: int = getattr(structure, name).offset
    return offset


def write_pointer(structure: Any, offset: int, callback: Any) -> None:
    """Write the address of a ctypes callback into a structure."""
    address = ctypes.cast(callback, ctypes.c_void_p).value
    ctypes.c_void_p.from_buffer(structure, offset).value = address


def text(value: bytes | None) -> str:
    """Return a C string as text, "" for NULL."""
    return value.decode() if value else ""
