"""tokens/access_token.py: the published vectors, any token whatever, any bytes whatever."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.tokens import services as s
from agora_cli.tokens.access_token import (
    MAX_BODY_BYTES,
    MAX_LIFE_S,
    MAX_SALT,
    VERSION,
    TokenError,
    build,
    parse,
    sign,
    unpack,
)
from agora_cli.tokens.services import KINDS, Resource, Service
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE, EXPIRE_S, ISSUED_S, SALT, VECTORS, Vector

vectors = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


def made(*services: Service) -> str:
    return build(APP_ID, CERTIFICATE, services, issued_s=ISSUED_S, expire_s=EXPIRE_S, salt=SALT)


def refusal(text: str) -> str | None:
    """Return why `text` is refused, None when it is read; any other failure is a bug and passes through."""
    try:
        parse(text)
    except TokenError as error:
        return error.message
    return None


def wrapped(data: bytes) -> str:
    return VERSION + base64.b64encode(zlib.compress(data)).decode()


@vectors
def test_builds_the_published_vectors_to_the_byte(vector: Vector) -> None:
    assert unpack(made(*vector.services)) == unpack(vector.token)


@vectors
def test_reads_the_published_vectors(vector: Vector) -> None:
    token = parse(vector.token)
    assert (token.app_id, token.issued_s, token.expire_s, token.salt) == (APP_ID, ISSUED_S, EXPIRE_S, SALT)
    assert token.services == tuple(sorted(vector.services, key=lambda service: service.type))
    assert token.unknown_service is None
    assert token.signed_by(CERTIFICATE)
    assert not token.signed_by(APP_ID)


@vectors
def test_a_token_cut_anywhere_is_refused_in_words(vector: Vector) -> None:
    data = unpack(vector.token)
    for end in range(len(data)):
        with pytest.raises(TokenError, match=r"^malformed token: .+, at byte \d+$") as caught:
            parse(wrapped(data[:end]))
        assert int(caught.value.message.rsplit(" ", 1)[1]) <= end
        assert caught.value.number == 110


@vectors
def test_text_cut_anywhere_is_refused_in_words(vector: Vector) -> None:
    for end in range(len(vector.token)):
        with pytest.raises(TokenError) as caught:
            parse(vector.token[:end])
        assert "\n" not in caught.value.message


def test_one_changed_bit_breaks_the_signature() -> None:
    data = bytearray(unpack(VECTORS[0].token))
    for at in range(len(data)):
        data[at] ^= 1
        try:
            assert not parse(wrapped(bytes(data))).signed_by(CERTIFICATE), f"byte {at}"
        except TokenError:
            pass
        data[at] ^= 1


texts = st.text(max_size=40)
seconds = st.integers(0, 2**32 - 1)
privileges = st.dictionaries(st.integers(0, 2**16 - 1), seconds, max_size=5)


@st.composite
def services(draw: st.DrawFn) -> Service:
    kind = draw(st.sampled_from(sorted(KINDS)))
    values: dict[str, object] = {}
    for name in KINDS[kind].fields:
        if name == "role":
            values[name] = draw(st.integers(-(2**15), 2**15 - 1))
        elif name == "resources":
            lines = draw(st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 3)), st.lists(texts, max_size=3)))
            values[name] = tuple(Resource(*key, tuple(names)) for key, names in sorted(lines.items()))
        else:
            values[name] = draw(texts)
    return Service(kind, draw(privileges), **values)  # type: ignore[arg-type]


@given(st.lists(services(), min_size=1, max_size=4), st.integers(0, 2**32 - 1), st.integers(1, MAX_LIFE_S))
def test_what_is_built_is_read(granted: list[Service], issued_s: int, expire_s: int) -> None:
    text = build(APP_ID, CERTIFICATE, granted, issued_s=issued_s, expire_s=expire_s, salt=MAX_SALT)
    token = parse(text)
    assert token.services == tuple(sorted(granted, key=lambda service: service.type))
    assert (token.issued_s, token.expire_s, token.salt) == (issued_s, expire_s, MAX_SALT)
    assert token.signed_by(CERTIFICATE)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, VERSION + text):
        assert "\n" not in (refusal(candidate) or "")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    known = unpack(VECTORS[0].token)
    for candidate in (data, known[:110] + data, known + data):
        assert "at byte" in (refusal(wrapped(candidate)) or "at byte")


def test_reading_stops_at_an_unknown_service_and_the_signature_still_holds() -> None:
    text = made(Service(s.RTC, {1: 600}, "demo", "7"))
    data = bytearray(unpack(text)[34:])
    count_at = 2 + 32 + 12
    data[count_at] = 2
    body = bytes(data) + (999).to_bytes(2, "little") + b"whatever"
    token = parse(wrapped(b"\x20\x00" + sign(body, CERTIFICATE, ISSUED_S, SALT) + body))
    assert token.unknown_service == 999
    assert [service.name for service in token.services] == ["rtc"]
    assert token.signed_by(CERTIFICATE)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (f"006{APP_ID}IADtok", "token-006", f"old 006 format for App ID {APP_ID}, expected 007"),
        ("006", "token-006", "old 006 format, expected 007"),
        ("", "token-format", "starts with 007, this text of 0 characters does not"),
        ("hello", "token-format", "starts with 007"),
        ("007!!!!", "token-format", "not base64"),
        ("007Жabc", "token-format", "not base64"),
        ("007aGVsbG8=", "token-format", "cannot be unpacked"),
        (VECTORS[0].token[:-12], "token-format", "cut off after"),
        (VERSION + base64.b64encode(zlib.compress(b"x") + b"tail").decode(), "token-format", "4 bytes follow"),
        (wrapped(bytes(MAX_BODY_BYTES + 1)), "token-format", "unpacks to more than 1048576 bytes"),
        (wrapped(unpack(VECTORS[0].token) + b"xy"), "token-format", "2 bytes follow the last service, at byte"),
        (wrapped(b"\x02\x00\xff\xff\x02\x00\xff\xfe"), "token-format", "App ID is not UTF-8, at byte 6"),
    ],
)
def test_garbage_is_named(text: str, code: str, words: str) -> None:
    with pytest.raises(TokenError) as caught:
        parse(text)
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.exit == 4


@pytest.mark.parametrize(
    "change",
    [
        {"app_id": APP_ID[1:]},
        {"certificate": "x" * 32},
        {"expire_s": 0},
        {"expire_s": MAX_LIFE_S + 1},
        {"salt": 0},
        {"salt": MAX_SALT + 1},
        {"services": ()},
        {"services": (Service(s.RTM, user="x" * 65536),)},
    ],
)
def test_out_of_range_is_refused(change: dict[str, object]) -> None:
    arguments: dict[str, object] = {
        "app_id": APP_ID,
        "certificate": CERTIFICATE,
        "services": (Service(s.FPA),),
        "issued_s": 0,
        "expire_s": 1,
        "salt": 1,
    }
    with pytest.raises(ValueError, match=r"\d"):
        build(**(arguments | change))  # type: ignore[arg-type]


def test_nothing_secret_shows_in_a_repr() -> None:
    token = parse(VECTORS[0].token)
    shown = repr(token)
    assert "signature" not in shown
    assert repr(token.signature)[2:-1] not in shown
    assert repr(token.body)[2:-1] not in shown


def test_times_of_a_token() -> None:
    token = parse(made(Service(s.RTC, {1: 60, 2: 0, 3: 900}, "demo", "7")))
    assert token.expires_s == ISSUED_S + 600
    assert [token.privilege_ends_s(life) - ISSUED_S for life in (60, 0, 900)] == [60, 600, 600]
