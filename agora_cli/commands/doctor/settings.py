"""The checks of environment and configuration: what is set, malformed, misspelt."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from agora_cli.commands.doctor.check import Check, ok, problem, warning
from agora_cli.errors import UsageError
from agora_cli.names import is_app_id
from agora_cli.options import config
from agora_cli.options.config.variables import VARIABLES, redacted

ENGINES = ("auto", "local", "sdk", "gateway")


def check_environment(environ: Mapping[str, str], token_mistake: Callable[[str], str | None]) -> Check:
    """Tell what is set, with secrets hidden; `token_mistake` says what is wrong with a token, None when nothing."""
    ours = {name: value for name, value in environ.items() if name.startswith("AGORA_") and value}
    shown = ", ".join(f"{name}={redacted(name, value)}" for name, value in sorted(ours.items())) or "nothing is set"
    wrong = _malformed(ours, token_mistake)
    if wrong:
        return problem("environment", f"{shown}: {wrong[0]}", wrong[1])
    unknown = sorted(set(ours) - set(VARIABLES))
    if unknown:
        near = get_close_matches(unknown[0], VARIABLES, n=1)
        fix = f"did you mean {near[0]}?" if near else "it means nothing to this tool"
        return warning("environment", f"{shown}: unknown variable {unknown[0]}", fix)
    if "AGORA_APP_CERTIFICATE" in ours and "AGORA_APP_ID" not in ours:
        return warning(
            "environment", f"{shown}: a certificate without an App ID makes no tokens", "set AGORA_APP_ID too"
        )
    return ok("environment", shown)


def _malformed(ours: Mapping[str, str], token_mistake: Callable[[str], str | None]) -> tuple[str, str] | None:
    """Return the first malformed variable as detail and fix."""
    certificate = ours.get("AGORA_APP_CERTIFICATE")
    if certificate is not None and not is_app_id(certificate.strip()):
        return (
            f"AGORA_APP_CERTIFICATE must be 32 hex digits, it has {len(certificate)} characters",
            "copy it from the project's settings in the vendor's console",
        )
    if certificate is not None and certificate == ours.get("AGORA_APP_ID"):
        return "the certificate is the App ID", "they are two different values of the project"
    app_id = ours.get("AGORA_APP_ID", "")
    if len(app_id) in (31, 33) and is_app_id((app_id + "0")[:32]):
        return f"AGORA_APP_ID has {len(app_id)} hex digits, an App ID has 32", "copy the whole App ID"
    engine = ours.get("AGORA_ENGINE", "auto")
    if engine not in ENGINES:
        return f"AGORA_ENGINE must be {', '.join(ENGINES)}", "choose one of them"
    mistake = token_mistake(ours["AGORA_TOKEN"]) if "AGORA_TOKEN" in ours else None
    if mistake is not None:
        return f"AGORA_TOKEN: {mistake}", "agora token inspect shows more; make a new one with agora token build"
    return None


def check_configuration(environ: Mapping[str, str]) -> Check:
    """Tell which file is read, which profile of it is used, and the first word in it that means nothing."""
    file, profile = config.path(), environ.get(config.PROFILE, "")
    try:
        content = config.load()
        config.layers(content, profile)
    except UsageError as error:
        return problem("configuration", error.message, error.hint)
    if not file.exists():
        return ok("configuration", f"{file} does not exist")
    lines = list(config.unknown(content, *config.known()))
    shown = f"{file}{f', profile {profile}' if profile else ''}"
    return warning("configuration", lines[0], "correct it: it has no effect") if lines else ok("configuration", shown)
