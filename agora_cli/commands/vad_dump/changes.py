"""Settings as one line of text: `rules=2.4,stopRecognizeCount=80,vadEngine=earshot`."""

from dataclasses import replace
from typing import Any

from agora_cli.errors import UsageError
from agora_cli.native.vad import RULES, Rules, VadConfig, sdk_name
from agora_cli.vad.analysis import Settings
from agora_cli.vad.voice.base import VOICE_ENGINES, VoiceEngineName

FIELDS = {sdk_name(name): name for name in VadConfig.__dataclass_fields__}
TRUTH = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


def parse_changes(text: str, settings: Settings, engine: VoiceEngineName) -> tuple[Settings, VoiceEngineName]:
    """Return `settings` and `engine` with the changes that `text` names, each `name=value`.

    Names are rules, vadEngine and the parameters by their SDK names. Raises UsageError for an unknown name
    or a value that does not fit.
    """
    rules: Rules = settings.rules
    changed: dict[str, Any] = {}
    for item in text.split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        if name == "rules" and value in RULES:
            rules = value
        elif name == "vadEngine" and value in VOICE_ENGINES:
            engine = value
        elif name in FIELDS:
            changed[FIELDS[name]] = _value(FIELDS[name], value, item)
        else:
            known = ", ".join(["rules", "vadEngine", *FIELDS])
            raise UsageError("changes", f"cannot read {item.strip()!r} as name=value", hint=f"names: {known}")
    return Settings(rules, replace(settings.config, **changed), settings.causal), engine


def changed_text(base: Settings, other: Settings, base_voice: str, other_voice: str) -> str:
    """Return what `other` does otherwise than `base`, as parse_changes() reads it; `as given` for nothing."""
    parts = [f"rules={other.rules}"] if other.rules != base.rules else []
    parts += [f"vadEngine={other_voice}"] if other_voice != base_voice else []
    for name, field in FIELDS.items():
        value = getattr(other.config, field)
        if value != getattr(base.config, field):
            parts.append(f"{name}={value:g}" if not isinstance(value, bool) else f"{name}={str(value).lower()}")
    return ",".join(parts) or "as given"


def _value(field: str, text: str, item: str) -> Any:
    kind = type(getattr(VadConfig(), field))
    try:
        return TRUTH[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        wanted = {bool: "true or false", int: "a whole number", float: "a number"}[kind]
        raise UsageError("changes", f"{item.strip()!r}: expected {wanted}, got {text!r}") from None
