import numpy as np
import pytest

from agora_cli.media.planes import paint, upright
from tests.unit.stills import smooth


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_pillow_does(orientation: int) -> None:
    from PIL import Image, ImageOps

    plane = smooth(7, 5)[:, :, 0]
    image = Image.fromarray(plane)
    image.getexif()[0x0112] = orientation
    assert np.array_equal(upright(plane, orientation), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize(("x", "y"), [(0, 0), (2, 1), (-1, -2), (3, 3), (-3, 2), (9, 9), (-9, 0)])
def test_paint_leaves_out_what_is_outside(x: int, y: int) -> None:
    canvas, picture = np.zeros((4, 5), np.uint8), np.arange(1, 13, dtype=np.uint8).reshape(3, 4)
    expected = canvas.copy()
    for line in range(3):
        for column in range(4):
            if 0 <= y + line < 4 and 0 <= x + column < 5:
                expected[y + line, x + column] = picture[line, column]
    paint(canvas, picture, x, y)
    assert np.array_equal(canvas, expected)
