"""From the name of a voice engine to its loaded model."""

from agora_cli.vad.voice.base import VoiceEngineName, VoiceModel


def open_voice_model(name: VoiceEngineName) -> VoiceModel:
    """Load an engine. Raises UnavailableError with a hint where its package is not installed."""
    if name == "silero":
        from agora_cli.vad.voice.silero import SileroModel

        return SileroModel()
    if name == "earshot":
        from agora_cli.vad.voice.earshot import EarshotModel

        return EarshotModel()
    from agora_cli.vad.voice.ten import TenModel

    return TenModel()
