"""How a picture is sampled, where that is more than every receiver shows: bits, chroma, and light."""

from typing import Any

# ITU-T H.273 table 3.
_HDR = {16: "PQ", 18: "HLG"}
# Columns and lines of chroma for 16 of luma.
_CHROMA = {(8, 8): "4:2:0", (8, 16): "4:2:2", (16, 16): "4:4:4"}
PLAIN = "8-bit 4:2:0"


def sampling_of(stream: Any) -> str:
    """Return what a video stream has beyond 8-bit 4:2:0 in standard range, as `10-bit 4:2:0, HDR (PQ)`; "" for none."""
    context = stream.codec_context
    layout = context.format if context is not None else None
    if layout is None or not layout.components:
        return ""
    bits = max(component.bits for component in layout.components)
    chroma = "4:0:0" if len(layout.components) < 3 else _CHROMA.get((layout.chroma_width(16), layout.chroma_height(16)))
    text = "RGB" if layout.is_rgb else f"{bits}-bit {chroma or layout.name}"
    light = _HDR.get(context.color_trc)
    if light is not None:
        return f"{text}, HDR ({light})"
    return "" if text == PLAIN else text
