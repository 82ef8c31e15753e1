"""Agora's RTM error numbers, and which failure of ours each becomes.

An error's `code` is "rtm" followed by the number ("rtm-11010"), so a program can tell them apart and look
them up in Agora's documentation (RTM_ERROR_CODE of AgoraRtmBase.h); its class decides the exit code.
"""

from enum import IntEnum

from agora_cli.errors import (
    AgoraError,
    ExpectationError,
    InputError,
    NetworkError,
    RefusedError,
    UnavailableError,
    UsageError,
)


class RtmError(IntEnum):
    """The numbers that this tool raises itself or explains; others pass through with their number alone."""

    NOT_INITIALIZED = -10001
    NOT_LOGIN = -10002
    INVALID_APP_ID = -10003
    INVALID_TOKEN = -10005
    INVALID_USER_ID = -10006
    INVALID_CHANNEL_NAME = -10008
    TOKEN_EXPIRED = -10009
    LOGIN_NO_SERVER_RESOURCES = -10010
    LOGIN_TIMEOUT = -10011
    LOGIN_REJECTED = -10012
    LOGIN_ABORTED = -10013
    INVALID_PARAMETER = -10014
    LOGIN_NOT_AUTHORIZED = -10015
    INCONSISTENT_APP_ID = -10016
    DUPLICATE_OPERATION = -10017
    OPERATION_RATE = -10021
    SERVICE_NOT_SUPPORTED = -10022
    NOT_CONNECTED = -10025
    NOT_SUBSCRIBED = -11002
    TOO_MANY_CHANNELS = -11005
    INVALID_MESSAGE = -11009
    MESSAGE_TOO_LONG = -11010
    SUBSCRIBE_TIMEOUT = -11019
    SUBSCRIBE_FAILED = -11021
    PUBLISH_FAILED = -11024
    PUBLISH_TOO_FREQUENT = -11025
    PUBLISH_TIMEOUT = -11026
    RECEIVER_OFFLINE = -11033
    STORAGE_FAILED = -12001
    TOO_MANY_ITEMS = -12002
    METADATA_TOO_LONG = -12006
    METADATA_LOCK_NOT_ACQUIRED = -12008
    INVALID_KEY = -12009
    KEY_TOO_LONG = -12011
    VALUE_TOO_LONG = -12012
    OUTDATED_REVISION = -12014
    STORAGE_TIMEOUT = -12018
    TOO_MANY_STATES = -13005
    INVALID_STATE_KEY = -13006
    STATE_KEY_TOO_LONG = -13008
    STATE_VALUE_TOO_LONG = -13009
    LOCK_INVALID_NAME = -14005
    LOCK_NOT_ACQUIRED = -14006
    LOCK_ACQUIRE_FAILED = -14007
    LOCK_NOT_EXIST = -14008


_USAGE = {
    RtmError.INVALID_USER_ID,
    RtmError.INVALID_CHANNEL_NAME,
    RtmError.INVALID_PARAMETER,
    RtmError.NOT_SUBSCRIBED,
    RtmError.TOO_MANY_CHANNELS,
    RtmError.INVALID_KEY,
    RtmError.KEY_TOO_LONG,
    RtmError.INVALID_STATE_KEY,
    RtmError.STATE_KEY_TOO_LONG,
    RtmError.LOCK_INVALID_NAME,
}
_INPUT = {
    RtmError.INVALID_MESSAGE,
    RtmError.MESSAGE_TOO_LONG,
    RtmError.TOO_MANY_ITEMS,
    RtmError.METADATA_TOO_LONG,
    RtmError.VALUE_TOO_LONG,
    RtmError.TOO_MANY_STATES,
    RtmError.STATE_VALUE_TOO_LONG,
}
_REFUSED = {
    RtmError.INVALID_APP_ID,
    RtmError.INVALID_TOKEN,
    RtmError.TOKEN_EXPIRED,
    RtmError.LOGIN_REJECTED,
    RtmError.LOGIN_NOT_AUTHORIZED,
    RtmError.INCONSISTENT_APP_ID,
}
_EXPECTATION = {
    RtmError.RECEIVER_OFFLINE,
    RtmError.OUTDATED_REVISION,
    RtmError.METADATA_LOCK_NOT_ACQUIRED,
    RtmError.LOCK_NOT_ACQUIRED,
    RtmError.LOCK_ACQUIRE_FAILED,
    RtmError.LOCK_NOT_EXIST,
}
_UNAVAILABLE = {RtmError.SERVICE_NOT_SUPPORTED, RtmError.NOT_INITIALIZED}


def failure(number: int, message: str, hint: str | None = None) -> AgoraError:
    """Return the error to raise for an RTM error number; a number that nobody knows is a NetworkError."""
    return _kind(number)(f"rtm{number}", f"{message} (RTM error {number})", hint)


def _kind(number: int) -> type[AgoraError]:
    for numbers, kind in (
        (_USAGE, UsageError),
        (_INPUT, InputError),
        (_REFUSED, RefusedError),
        (_EXPECTATION, ExpectationError),
        (_UNAVAILABLE, UnavailableError),
    ):
        if number in numbers:
            return kind
    return NetworkError
