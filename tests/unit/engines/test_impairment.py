import pytest

from agora_cli.engines.impairment import Impairment


@pytest.mark.parametrize("fields", [{"loss": 1.01}, {"reorder": -0.1}, {"duplicate": 2}, {"corrupt": -1}])
def test_a_share_is_0_to_1(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a share must be 0 to 1"):
        Impairment(**fields)


def test_rows_too_short_for_the_loss_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.9 cannot be lost in rows of only 8"):
        Impairment(loss=0.9, burst=8)
    assert Impairment(loss=0.9, burst=10).starts_burst == pytest.approx(0.9)
    assert Impairment(loss=1, burst=1).starts_burst == 0
    assert Impairment(loss=0.5).starts_burst == 0
