"""engines/local/cipher.py: opens what the same key sealed and nothing else; no nonce twice."""

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.base import Encryption
from agora_cli.engines.encryption import MODES
from agora_cli.engines.local import cipher as module
from agora_cli.engines.local.cipher import STAMP_BYTES, TAG_BYTES, Cipher, NotDecryptedError

SECRET = Encryption("aes-256-gcm2", b"open sesame", b"s" * 32)
HEADER = b"kind 1, pts 20000"


def cipher(encryption: Encryption = SECRET, app_id: str = "app", channel: str = "demo", user: str = "7") -> Cipher:
    return Cipher(encryption, app_id, channel, user)


ALICE = cipher()
BOB = cipher(user="8")


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_is_sealed_is_opened(data: bytes, header: bytes) -> None:
    sealed = ALICE.seal(header, data)
    assert len(sealed.stamp) == STAMP_BYTES
    assert len(sealed.data) == len(data) + TAG_BYTES
    assert BOB.open("7", header, sealed.stamp, sealed.data) == data


@pytest.mark.parametrize("mode", MODES)
def test_every_mode(mode: str) -> None:
    settings = Encryption(mode, b"key", b"s" * 32 if MODES[mode].salted else b"")
    sealed = cipher(settings).seal(HEADER, b"sound")
    assert cipher(settings, user="8").open("7", HEADER, sealed.stamp, sealed.data) == b"sound"


def test_views_are_taken_as_they_are() -> None:
    sealed = ALICE.seal(memoryview(HEADER), memoryview(bytearray(b"sound")))
    assert BOB.open("7", bytearray(HEADER), sealed.stamp, memoryview(sealed.data)) == b"sound"


@pytest.mark.parametrize(
    "other",
    [
        cipher(replace(SECRET, key=b"open sesamE")),
        cipher(replace(SECRET, salt=b"t" * 32)),
        cipher(replace(SECRET, mode="aes-128-gcm2")),
        cipher(app_id="other"),
        cipher(channel="other"),
    ],
    ids=["key", "salt", "mode", "app id", "channel"],
)
def test_any_other_setting_opens_nothing(other: Cipher) -> None:
    sealed = ALICE.seal(HEADER, b"sound")
    with pytest.raises(NotDecryptedError, match="what 7 sends cannot be decrypted with our key"):
        other.open("7", HEADER, sealed.stamp, sealed.data)
    assert other.proof("7/abc") != ALICE.proof("7/abc")


def test_every_byte_is_authenticated() -> None:
    sealed = ALICE.seal(HEADER, b"sound")
    for what in (HEADER, sealed.stamp, sealed.data):
        for at in range(len(what)):
            bad = what[:at] + bytes([what[at] ^ 1]) + what[at + 1 :]
            parts = [bad if part is what else part for part in (HEADER, sealed.stamp, sealed.data)]
            with pytest.raises(NotDecryptedError):
                BOB.open("7", *parts)


def test_another_author_is_not_believed() -> None:
    sealed = ALICE.seal(HEADER, b"sound")
    with pytest.raises(NotDecryptedError):
        BOB.open("9", HEADER, sealed.stamp, sealed.data)


@pytest.mark.parametrize(("stamp", "data"), [(b"", b"x" * 20), (b"s" * 23, b"x" * 20), (b"s" * 24, b"x" * 15)])
def test_what_was_never_sealed_is_named(stamp: bytes, data: bytes) -> None:
    with pytest.raises(NotDecryptedError, match="7 does not encrypt as we do"):
        ALICE.open("7", HEADER, stamp, data)


def test_no_nonce_is_used_twice_under_one_key() -> None:
    stamps: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: stamps.extend(ALICE.seal(b"", b"").stamp for _ in range(500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(stamps)) == len(stamps) == 2000


def test_a_restarted_sender_has_another_key() -> None:
    first, second = cipher().seal(HEADER, b"sound"), cipher().seal(HEADER, b"sound")
    assert first.stamp[16:] == second.stamp[16:], "both counters start alike"
    assert first.stamp[:16] != second.stamp[:16]
    assert first.data != second.data


def test_the_proof_tells_equal_keys_from_others() -> None:
    assert ALICE.proof("7/abc") == BOB.proof("7/abc")
    assert ALICE.proof("7/abc") != ALICE.proof("8/abc")
    assert len(ALICE.proof("7/abc")) == 16


def test_senders_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SENDERS", 2)
    monkeypatch.setattr(module, "ROUNDS", 1)
    listener, senders = cipher(user="1"), [cipher(user=str(user)) for user in range(2, 6)]
    for _ in range(2):
        for user, sender in enumerate(senders, start=2):
            sealed = sender.seal(HEADER, b"sound")
            assert listener.open(str(user), HEADER, sealed.stamp, sealed.data) == b"sound"
            assert len(listener._openers) <= 2
