import pytest

from agora_cli.engines.impairment import Impairment, Outage
from agora_cli.errors import UsageError
from agora_cli.options.impair import impairment_plan


def test_all_words_at_once() -> None:
    plan = impairment_plan(
        "loss=5%,burst=4,delay=80ms,jitter=20ms,reorder=1%,dup=0.02,rate=1M,outage=2s@10s,corrupt=0.1%,seed=7"
    )
    wanted = Impairment(0.05, 4, 80_000, 20_000, 0.01, 0.02, 0, 0.001, (Outage(10_000_000, 2_000_000),))
    assert dict(plan.by_medium) == dict.fromkeys(("audio", "video", "data"), wanted)
    assert (plan.seed, plan.shared_rate_bps) == (7, 1_000_000)


def test_a_medium_s_own_word_goes_before_the_common_one_wherever_it_stands() -> None:
    plan = impairment_plan("audio:loss=1%, loss=5%, audio:rate=64k, video:delay=1s")
    assert plan.by_medium["audio"] == Impairment(loss=0.01, rate_bps=64_000)
    assert plan.by_medium["video"] == Impairment(loss=0.05, delay_us=1_000_000)
    assert plan.by_medium["data"] == Impairment(loss=0.05)
    assert plan.seed == 1


def test_outages_add_up() -> None:
    outages = (Outage(1_000_000, 500_000), Outage(4_000_000, 1_000_000))
    assert impairment_plan("outage=500ms@1s,outage=1s@4s").by_medium["audio"].outages == outages


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "--impair '': expected NAME=VALUE, like loss=5% or audio:delay=80ms", None),
        ("loss=5%,", "--impair '': expected NAME=VALUE, like loss=5% or audio:delay=80ms", None),
        ("loss", "--impair 'loss': expected NAME=VALUE, like loss=5% or audio:delay=80ms", None),
        ("loss=5", "--impair 'loss=5': must be a share like 5% or 0.05, got '5'", None),
        ("loss=x", "--impair 'loss=x': must be a share like 5% or 0.05, got 'x'", None),
        ("loss=٥%", "--impair 'loss=٥%': must be a share like 5% or 0.05, got '٥%'", None),
        ("los=5%", "no effect 'los', there are loss, burst, delay,", "did you mean loss?"),
        ("sound:loss=5%", "no medium 'sound', there are audio, video, data", None),
        ("burst=4", "burst of audio needs a loss", "--impair loss=5%,burst=4"),
        ("loss=5%,burst=0", "--impair 'burst=0': '0' must be a mean length of 1 to 10000 packets", None),
        ("loss=90%,burst=1", "--impair: of audio 0.9 cannot be lost in rows of only 1", None),
        ("delay=fast", "--impair 'delay=fast': must be a duration like 90s", None),
        ("delay=1m", "--impair 'delay=1m': '1m' must be at most 10s", None),
        ("rate=0", "--impair 'rate=0': must be a bit rate like 800k or 2M, got '0'", None),
        ("outage=2s", "--impair 'outage=2s': '2s' must be LENGTH@START, like 2s@10s", None),
        ("outage=2s@soon", "--impair 'outage=2s@soon': must be a duration", None),
        ("seed=x", "--impair 'seed=x': 'x' must be a whole number", None),
        ("audio:seed=7", "--impair 'audio:seed=7': a seed is for all media", None),
    ],
)
def test_the_wrong_word_is_named(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as failure:
        impairment_plan(text)
    assert message in failure.value.message
    assert failure.value.hint == hint
