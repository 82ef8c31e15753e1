"""engines/local/gcm.py: opens what the same key sealed and nothing else; no nonce twice."""

import threading
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.base import Encryption
from agora_cli.engines.encryption import MODES
from agora_cli.engines.local import gcm
from agora_cli.engines.local.gcm import DRAW_BYTES, STAMP_BYTES, TAG_BYTES, GcmCipher
from agora_cli.errors import InputError

SECRET = Encryption("aes-256-gcm2", b"open sesame", b"s" * 32)
HEADER = b"user 7, kind 1, pts 20000"


def cipher(encryption: Encryption = SECRET, app_id: str = "app", channel: str = "demo") -> GcmCipher:
    return GcmCipher(encryption, app_id, channel)


ALICE = cipher()
BOB = cipher()


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_is_sealed_is_opened(payload: bytes, header: bytes) -> None:
    sealed = ALICE.seal(header, payload)
    assert len(sealed) == STAMP_BYTES + len(payload) + TAG_BYTES
    assert BOB.open(header, sealed) == payload


@pytest.mark.parametrize("mode", MODES)
def test_every_mode(mode: str) -> None:
    settings = Encryption(mode, b"key", b"s" * 32 if MODES[mode].salted else b"")
    assert cipher(settings).open(HEADER, cipher(settings).seal(HEADER, b"sound")) == b"sound"


def test_a_view_is_sealed_as_it_is() -> None:
    assert BOB.open(HEADER, ALICE.seal(HEADER, memoryview(bytearray(b"sound")))) == b"sound"


def test_the_payload_does_not_show() -> None:
    assert b"sound of silence" not in ALICE.seal(HEADER, b"sound of silence")


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
def test_any_other_setting_opens_nothing(other: GcmCipher) -> None:
    assert other.open(HEADER, ALICE.seal(HEADER, b"sound")) is None
    assert other.lock != ALICE.lock


def test_every_byte_is_authenticated() -> None:
    sealed = bytes(ALICE.seal(HEADER, b"sound"))
    for at in range(len(sealed)):
        assert BOB.open(HEADER, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]) is None
    for at in range(len(HEADER)):
        assert BOB.open(HEADER[:at] + bytes([HEADER[at] ^ 1]) + HEADER[at + 1 :], sealed) is None


def test_a_payload_cut_anywhere_is_not_opened() -> None:
    sealed = bytes(ALICE.seal(HEADER, b"sound"))
    for end in range(len(sealed)):
        assert BOB.open(HEADER, sealed[:end]) is None


def test_no_nonce_is_used_twice_under_one_key() -> None:
    stamps: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: stamps.extend(bytes(ALICE.seal(b"", b"")[:STAMP_BYTES]) for _ in range(500)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(stamps)) == len(stamps) == 2000


def test_a_restarted_sender_has_another_key() -> None:
    first, second = cipher().seal(HEADER, b"sound"), cipher().seal(HEADER, b"sound")
    assert first[DRAW_BYTES:STAMP_BYTES] == second[DRAW_BYTES:STAMP_BYTES], "both counters start alike"
    assert first[:DRAW_BYTES] != second[:DRAW_BYTES]
    assert first[STAMP_BYTES:] != second[STAMP_BYTES:]


def test_the_lock_tells_equal_keys_from_others() -> None:
    assert ALICE.lock == BOB.lock
    assert len(ALICE.lock) == 16
    assert int(ALICE.lock, 16)


def test_senders_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcm, "MAX_SENDERS", 2)
    monkeypatch.setattr(gcm, "ROUNDS", 1)
    listener, senders = cipher(), [cipher() for _ in range(4)]
    for _ in range(2):
        for sender in senders:
            assert listener.open(HEADER, sender.seal(HEADER, b"sound")) == b"sound"
            assert len(listener._openers) <= 2


def test_nothing_is_opened_twice() -> None:
    sender, listener = cipher(), cipher()
    sealed = [bytes(sender.seal(HEADER, b"sound")) for _ in range(5)]
    for packet in (sealed[1], sealed[4], sealed[0]):  # late is not twice
        assert listener.open(HEADER, packet) == b"sound"
    for packet in (sealed[1], sealed[4], sealed[0]):
        with pytest.raises(InputError, match="came before"):
            listener.open(HEADER, packet)
    assert listener.open(HEADER, sealed[3]) == b"sound"


@given(st.lists(st.integers(1, 60)))
def test_the_window_is_a_set_of_what_came(numbers: list[int]) -> None:
    opener, window = gcm._Opener(AESGCM(bytes(16)), window=16), 16
    seen: set[int] = set()
    for number in numbers:
        fresh = number not in seen and number > max(seen, default=0) - window
        assert opener.take(number) == fresh
        seen |= {number} if fresh else set()


def test_a_forged_number_moves_no_window() -> None:
    sender, listener = cipher(), cipher()
    first = bytes(sender.seal(HEADER, b"sound"))
    forged = first[:DRAW_BYTES] + b"\xff" * 8 + first[STAMP_BYTES:]
    assert listener.open(HEADER, forged) is None
    assert listener.open(HEADER, first) == b"sound"
