"""commands/smoke/synthetic.py: each known fault is measured within a tenth or a frame, and another one is not."""

from dataclasses import replace

import pytest

from agora_cli.commands.smoke.synthetic import Injection, injections, measured


@pytest.mark.parametrize("injection", injections(), ids=lambda injection: injection.name.replace(" ", "-"))
def test_what_is_injected_is_measured(injection: Injection) -> None:
    assert injection.holds(measured(injection))


@pytest.mark.parametrize("injection", injections()[2:], ids=lambda injection: injection.name.replace(" ", "-"))
def test_without_the_fault_it_is_not_measured(injection: Injection) -> None:
    harmless = replace(injection, fault=list, note_fault=list)
    assert not injection.holds(measured(harmless))


def test_a_figure_that_is_not_known_holds_nothing() -> None:
    assert not Injection("", "", 0, 1).holds(None)
