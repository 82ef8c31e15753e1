"""The options that say when receiving ends by itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import Option

from agora_cli.options.values import duration_s

if TYPE_CHECKING:
    from agora_cli.session.pull import PullLimits


@dataclass(frozen=True, slots=True)
class LimitOptions:
    """When receiving ends by itself."""

    users: Annotated[
        list[str] | None,
        Option(
            "--from", rich_help_panel="Limits", help="Only this user; repeatable.", metavar="USER", show_default=False
        ),
    ] = None
    duration: Annotated[
        str, Option("--duration", rich_help_panel="Limits", help="Stop after TIME.", metavar="TIME")
    ] = ""
    wait_for_user: Annotated[
        str,
        Option(
            "--waitForUser", rich_help_panel="Limits", help="Nobody sent anything within TIME: exit 6.", metavar="TIME"
        ),
    ] = ""
    idle: Annotated[
        str, Option("--idle", rich_help_panel="Limits", help="Stop after TIME without media.", metavar="TIME")
    ] = ""
    until_left: Annotated[
        bool, Option("--untilLeft", rich_help_panel="Limits", help="Stop when all who sent have left.")
    ] = False
    grace: Annotated[
        str,
        Option(
            "--grace",
            rich_help_panel="Limits",
            help="A lost link counts as left only after TIME.",
            metavar="TIME",
        ),
    ] = "10s"

    def limits(self) -> "PullLimits":
        """Return the checked limits. Raises UsageError."""
        from agora_cli.session.pull import PullLimits

        return PullLimits(
            duration_s=_seconds(self.duration, "--duration"),
            wait_for_user_s=_seconds(self.wait_for_user, "--waitForUser"),
            idle_s=_seconds(self.idle, "--idle"),
            until_left=self.until_left,
            grace_s=float(duration_s(self.grace, "--grace")),
        )


def _seconds(text: str, option: str) -> float | None:
    return float(duration_s(text, option)) if text else None
