"""Agora's numbers for why a connection ended or a call failed, each with its exit code, once.

Sources: the SDK's CONNECTION_CHANGED_REASON_TYPE and ERROR_CODE_TYPE. The local engine uses the same numbers.
"""

from agora_cli.errors import AgoraError, InputError, NetworkError, RefusedError, UsageError

Failure = tuple[type[AgoraError], str, str]

TOKEN_EXPIRED = 9
TOKEN_RENEWED = 12
# Not Agora's: its SDK tells that our own media cannot be encrypted by a callback that has no number of this table.
ENCRYPTION_FAILED = -1

# Reasons that end no connection: what a change of the link is called.
PROGRESS: dict[int, str] = {
    0: "connecting",
    1: "joined",
    5: "left",
    11: "proxy set",
    TOKEN_RENEWED: "token renewed",
    13: "the network address changed",
    15: "joined again",
    17: "echo test",
    18: "the network address was changed",
}

CONNECTION_REASONS: dict[int, Failure] = {
    ENCRYPTION_FAILED: (RefusedError, "encryption-failed", "our own media cannot be encrypted"),
    2: (NetworkError, "interrupted", "the connection was interrupted"),
    3: (RefusedError, "banned", "banned from the channel by the server"),
    4: (RefusedError, "join-failed", "the channel could not be joined"),
    6: (RefusedError, "app-id", "the App ID is not valid"),
    7: (RefusedError, "channel-name", "the channel name is not valid"),
    8: (RefusedError, "token-invalid", "the token is not valid (error 110)"),
    TOKEN_EXPIRED: (RefusedError, "token-expired", "the token has expired (error 109)"),
    10: (RefusedError, "rejected", "the server rejected the user"),
    14: (NetworkError, "keep-alive", "no answer to keep-alive"),
    16: (NetworkError, "link-lost", "the link was lost"),
    19: (RefusedError, "same-user", "the same user id joined from elsewhere"),
    20: (RefusedError, "too-many-hosts", "the channel has too many broadcasters"),
    21: (RefusedError, "licence", "the licence is not valid"),
    22: (RefusedError, "certificate", "the server's certificate was not accepted"),
    23: (NetworkError, "stream-channel", "the stream channel is not available"),
    24: (RefusedError, "app-id-differs", "the token was made for another App ID"),
}

ERRORS: dict[int, Failure] = {
    101: (RefusedError, "app-id", "the App ID is not valid"),
    102: (RefusedError, "channel-name", "the channel name is not valid"),
    109: (RefusedError, "token-expired", "the token has expired"),
    110: (RefusedError, "token-invalid", "the token is not valid"),
    113: (NetworkError, "not-in-channel", "not in the channel"),
    114: (InputError, "message-too-large", "the message is too large"),
    115: (InputError, "message-too-fast", "too many messages or bytes a second"),
    116: (InputError, "too-many-streams", "too many data streams"),
    119: (RefusedError, "role", "an audience member cannot send"),
    120: (RefusedError, "decryption-failed", "media cannot be decrypted: the key, salt or mode differs"),
    121: (UsageError, "user-id", "the user id is not valid"),
    122: (RefusedError, "decryption-failed", "data cannot be decrypted: the key, salt or mode differs"),
    123: (RefusedError, "banned", "banned by the server"),
    134: (UsageError, "user-account", "the user account is not valid"),
}


def connection_failure(reason: int, text: str = "") -> AgoraError:
    """Return the failure for a connection-changed reason; `text` is what the engine adds."""
    kind, code, message = CONNECTION_REASONS.get(reason, (NetworkError, "link-failed", "the link failed"))
    return kind(code, _line(message, f"reason {reason}" if reason >= 0 else "", text))


def error_failure(number: int, text: str = "") -> AgoraError:
    """Return the failure for an error number; `text` is what the engine adds."""
    kind, code, message = ERRORS.get(number, (NetworkError, "engine-error", "the engine reported an error"))
    return kind(code, _line(message, f"error {number}", text))


def link_text(reason: int) -> str:
    """Return what a connection-changed reason says, in a few words: for a change that ends nothing too."""
    if reason in PROGRESS:
        return PROGRESS[reason]
    return CONNECTION_REASONS[reason][2] if reason in CONNECTION_REASONS else f"reason {reason}"


def _line(message: str, number: str, text: str) -> str:
    numbered = message if number in message else f"{message} ({number})"
    return f"{numbered}: {text}" if text else numbered
