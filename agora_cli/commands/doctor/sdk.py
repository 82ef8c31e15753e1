"""The check of Agora's SDK: found, whole, of a version we know, for this processor, and loadable."""

from collections.abc import Callable

from agora_cli.commands.doctor.check import Check, ok, problem, warning
from agora_cli.sdklib.probe import ProbeReport

NAME = "agora sdk"


def check_sdk(report: ProbeReport, load: Callable[[], str | None], asked: bool) -> Check:
    """Tell whether the SDK could run; `load` really loads it, out of this process, and returns why it failed.

    Where nobody asked for the SDK (`asked` is False) its absence is no problem, but half of it is a warning.
    """
    failure = report.problem()
    if failure is None:
        reason = load()
        if reason is None:
            messages = report.problem(rtm=True)
            text = f"{report.version} in {report.package}, loads"
            return ok(NAME, text) if messages is None else warning(NAME, f"{text}; no RTM: {messages.message}")
        return _weighed(asked, f"{report.version} in {report.package} does not load: {reason}", None)
    if failure.code == "sdk-missing" and not asked:
        return ok(NAME, "not installed; only Agora's own network (--engine sdk) needs it")
    return _weighed(asked, failure.message, failure.hint)


def _weighed(asked: bool, detail: str, fix: str | None) -> Check:
    return problem(NAME, detail, fix) if asked else warning(NAME, detail, fix)
