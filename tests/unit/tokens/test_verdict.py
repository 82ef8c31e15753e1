"""tokens/verdict.py: each known mistake has its own name, and a good token has none."""

from dataclasses import replace

import pytest

from agora_cli.tokens import services as s
from agora_cli.tokens.access_token import Token, TokenError, build, parse
from agora_cli.tokens.services import Service
from agora_cli.tokens.verdict import Wanted, ends_s, mistakes, verify
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE

NOW_S = 1_790_000_000
WANTED = Wanted(APP_ID, CERTIFICATE, "demo", "7", s.RTC)
HOUR = {1: 3600, 2: 3600, 3: 3600, 4: 3600}


def rtc(channel: str = "demo", user: str = "7") -> Service:
    return Service(s.RTC, HOUR, channel, user)


def text_of(*services: Service, issued_s: int = NOW_S, expire_s: int = 3600, certificate: str = CERTIFICATE) -> str:
    return build(APP_ID, certificate, services, issued_s=issued_s, expire_s=expire_s, salt=5)


def found(token: Token, wanted: Wanted = WANTED, now_s: int = NOW_S) -> list[tuple[str, int | None]]:
    return [(mistake.code, mistake.number) for mistake in mistakes(token, wanted, now_s)]


def test_a_good_token_has_no_mistake() -> None:
    assert found(parse(text_of(rtc()))) == []
    assert verify(text_of(rtc()), WANTED, NOW_S + 3599).service(s.RTC) == rtc()


def test_an_empty_user_lets_anybody_in() -> None:
    assert found(parse(text_of(rtc(user="")))) == []
    assert found(parse(text_of(rtc(user=""))), replace(WANTED, user="alice")) == []


@pytest.mark.parametrize(
    ("in_token", "joined", "words"),
    [
        ("7", "8", None),
        ("alice", "7", "one is an integer user id and the other a string account"),
        ("7", "alice", "one is an integer user id and the other a string account"),
        ("0", "7", "made with the text '0'"),
        ("007", "7", "leading zeros"),
        ("7", "0", "join with --userId 7"),
        ("²", "2", "string account"),
    ],
)
def test_the_wrong_user(in_token: str, joined: str, words: str | None) -> None:
    mistake = mistakes(parse(text_of(rtc(user=in_token))), replace(WANTED, user=joined), NOW_S)[0]
    assert (mistake.code, mistake.number) == ("token-user", 110)
    assert repr(in_token) in mistake.message
    assert (mistake.hint is None) if words is None else (words in (mistake.hint or ""))


@pytest.mark.parametrize(("channel", "hinted"), [("other", False), ("Demo", True), ("demo ", True)])
def test_the_wrong_channel(channel: str, hinted: bool) -> None:
    mistake = mistakes(parse(text_of(rtc(channel))), WANTED, NOW_S)[0]
    assert mistake.message == f"the token is for channel {channel!r}, expected 'demo'"
    assert (mistake.hint is not None) is hinted


def test_the_wrong_app_id() -> None:
    other = "0" * 32
    assert found(parse(text_of(rtc())), replace(WANTED, app_id=other)) == [("token-app-id", 110)]


def test_the_wrong_certificate() -> None:
    mistake = mistakes(parse(text_of(rtc(), certificate="0" * 32)), WANTED, NOW_S)[0]
    assert (mistake.code, mistake.number) == ("token-signature", 110)
    assert "secondary" in (mistake.hint or "")


def test_signed_with_the_app_id() -> None:
    mistake = mistakes(parse(text_of(rtc(), certificate=APP_ID)), WANTED, NOW_S)[0]
    assert "signed with the App ID" in (mistake.hint or "")


def test_without_a_certificate_the_signature_is_not_judged() -> None:
    assert found(parse(text_of(rtc(), certificate="0" * 32)), replace(WANTED, certificate=None)) == []


@pytest.mark.parametrize("age_s", [3600, 3601, 100_000])
def test_expired(age_s: int) -> None:
    with pytest.raises(TokenError, match=rf"^the token expired {age_s - 3600} s ago \(109\)$") as caught:
        verify(text_of(rtc()), WANTED, NOW_S + age_s)
    assert (caught.value.code, caught.value.number, caught.value.exit) == ("token-expired", 109, 4)


def test_a_privilege_that_ends_before_its_token() -> None:
    token = parse(text_of(Service(s.RTC, {1: 60, 2: 30}, "demo", "7")))
    assert found(token, now_s=NOW_S + 29) == []
    assert found(token, now_s=NOW_S + 30) == [("token-expired", None)]
    assert found(token, now_s=NOW_S + 60) == [("token-expired", 109), ("token-expired", None)]
    assert ends_s(token, s.RTC) == NOW_S + 60


def test_expiry_given_as_a_date() -> None:
    token = replace(parse(text_of(rtc())), expire_s=NOW_S + 3600)
    assert found(token, replace(WANTED, certificate=None)) == [("token-expiry-date", 110)]


def test_expiry_beyond_a_day_is_cut() -> None:
    token = replace(parse(text_of(rtc())), expire_s=86401)
    assert found(token) == [("token-expiry-long", None)]
    assert found(token, now_s=NOW_S + 86400) == [("token-expiry-long", None), ("token-expired", 109)]


def test_token_and_privilege_expiry_swapped() -> None:
    mistake = mistakes(parse(text_of(rtc(), expire_s=600)), WANTED, NOW_S)[0]
    assert (mistake.code, mistake.number) == ("token-expiry-swapped", None)
    assert mistake.message == "rtc privileges last 3600 s but the token only 600 s"


def test_issue_time_and_expiry_swapped() -> None:
    token = replace(parse(text_of(rtc())), issued_s=3600, expire_s=600)
    mistake = mistakes(token, replace(WANTED, certificate=None), NOW_S)[0]
    assert "are issue time and expiry swapped?" in (mistake.hint or "")


def test_a_token_from_the_future() -> None:
    assert found(parse(text_of(rtc(), issued_s=NOW_S + 60))) == []
    assert found(parse(text_of(rtc(), issued_s=NOW_S + 61))) == [("token-from-future", 110)]


def test_an_rtc_token_used_for_rtm() -> None:
    mistake = mistakes(parse(text_of(rtc())), replace(WANTED, service=s.RTM), NOW_S)[0]
    assert (mistake.code, mistake.message) == ("token-not-for-rtm", "the token is for rtc, expected rtm")
    assert "--service rtm" in (mistake.hint or "")


def test_an_rtm_token_used_for_rtc() -> None:
    token = parse(text_of(Service(s.RTM, {1: 60}, user="7")))
    assert found(token) == [("token-not-for-rtc", 110)]
    assert found(token, replace(WANTED, service=None)) == [("token-not-for-rtc", 110)]


def test_an_rtm2_token_serves_rtm() -> None:
    token = parse(text_of(Service(s.RTM2, {1: 60}, user="7")))
    wanted = Wanted(APP_ID, CERTIFICATE, user="7", service=s.RTM)
    assert found(token, wanted) == []
    assert ends_s(token, s.RTM) == NOW_S + 60


def test_the_entry_privilege_is_missing() -> None:
    token = parse(text_of(Service(s.RTC, {2: 60}, "demo", "7")))
    mistake = mistakes(token, WANTED, NOW_S)[0]
    assert mistake.message == "the token lacks the privilege join-channel"
    assert found(token) == [("token-privilege", 110)]


def test_privileges_of_0_seconds_last_as_long_as_the_token() -> None:
    token = parse(text_of(Service(s.RTC, {1: 0}, "demo", "7")))
    assert found(token, now_s=NOW_S + 3599) == []
    assert ends_s(token, s.RTC) == NOW_S + 3600


def test_an_old_token_is_refused_by_name() -> None:
    with pytest.raises(TokenError) as caught:
        verify(f"006{APP_ID}IAB", WANTED, NOW_S)
    assert caught.value.code == "token-006"


def test_the_cause_is_told_before_its_consequence() -> None:
    stale = parse(text_of(rtc("other", "9"), certificate="0" * 32))
    assert [code for code, _ in found(stale, now_s=NOW_S + 3600)] == [
        "token-signature",
        "token-expired",
        "token-channel",
        "token-user",
    ]


def test_the_certificate_does_not_show_in_a_repr() -> None:
    assert CERTIFICATE not in repr(WANTED)
