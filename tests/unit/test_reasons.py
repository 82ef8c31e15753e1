"""reasons.py: every number of the reference has its line and exit code."""

import pytest

from agora_cli.reasons import (
    CONNECTION_REASONS,
    ENCRYPTION_FAILED,
    ERRORS,
    PROGRESS,
    connection_failure,
    error_failure,
    link_text,
)


def test_the_tables_hold_every_published_number() -> None:
    assert set(CONNECTION_REASONS) >= {3, 4, 6, 7, 8, 9, 10, 14, 16, 19, 20}
    assert set(ERRORS) >= {101, 102, 109, 110, 113, 114, 115, 116, 119, 120, 121, 122, 123, 134}


def test_every_reason_of_the_sdk_is_a_failure_or_progress() -> None:
    # CONNECTION_CHANGED_REASON_TYPE of AgoraBase.h
    assert sorted([*CONNECTION_REASONS, *PROGRESS]) == [ENCRYPTION_FAILED, *range(25)]
    assert all(link_text(reason) for reason in range(25))
    assert link_text(99) == "reason 99"


@pytest.mark.parametrize("reason", CONNECTION_REASONS)
def test_a_reason_is_one_line_with_its_number(reason: int) -> None:
    failure = connection_failure(reason)
    assert "\n" not in failure.message
    assert (f"reason {reason}" in failure.message) == (reason != ENCRYPTION_FAILED)
    assert failure.exit in (4, 5)


def test_tokens_are_refused_and_lost_links_are_the_network() -> None:
    assert connection_failure(9).exit == 4
    assert connection_failure(19, "user 7").message == "the same user id joined from elsewhere (reason 19): user 7"
    assert connection_failure(16).exit == 5
    assert connection_failure(99).exit == 5
    assert error_failure(114).exit == 3
    assert error_failure(120).exit == 4
    assert error_failure(9999).exit == 5
