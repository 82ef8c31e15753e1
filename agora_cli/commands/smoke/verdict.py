"""What a smoke test says at its end, and its exit code."""

from collections.abc import Mapping
from pathlib import Path

from agora_cli.commands.smoke.presets import causes, known
from agora_cli.commands.smoke.report import Outcome, junit, page, rows, write
from agora_cli.commands.smoke.trial import Trial
from agora_cli.errors import Exit
from agora_cli.sinks.expectations import Expectation, not_met
from agora_cli.sinks.probe.measure import Measured
from agora_cli.terminal.console import Console


def tell(
    trial: Trial,
    found: Mapping[str, Measured],
    preset: str,
    expected: list[Expectation],
    reports: Mapping[Path, str],
    console: Console,
) -> int:
    """Print the table or document, write the reports, and return 6 where an expectation does not hold."""
    document = {"ok": True, "engine": trial.engine_name, "channelId": trial.channel.channel_id, "preset": preset}
    if not found:
        console.result(document, "sent: what came of it the other side says")
        return Exit.OK
    figures = {user: measured.figures for user, measured in found.items()}
    expected, blind = known(expected, figures)
    if blind:
        console.warn(f"not judged, as the two machines have no clock in common: {', '.join(blind)}")
    failures = not_met(expected, figures)
    why = causes(failures, figures)
    outcome = Outcome(trial.channel.channel_id, trial.seconds, found, expected, failures, why)
    if not console.json_output:
        console.table(["expected", *(f"user {user}" for user in found), ""], rows(outcome))
    for path, kind in reports.items():
        write(path, junit(outcome) if kind == "junit" else page(outcome))
        console.status(f"wrote {path}")
    for line in why:
        console.status(f"likely cause: {line}")
    document |= {
        "seconds": round(trial.seconds, 3),
        "users": figures,
        "causes": why,
        "notJudged": blind,
    } | trial.link
    summary = f"all {len(outcome.checks())} checks are met, in {trial.seconds:.1f} s"
    console.result(document, None if failures else summary, failures)
    return Exit.EXPECTATION if failures else Exit.OK
