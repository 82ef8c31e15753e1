import threading
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pytest

from agora_cli.errors import InputError
from agora_cli.sources.pictures.files import Found
from agora_cli.sources.pictures.source import AHEAD, JpegSource
from tests.unit.stills import jpeg, luma, numbered, png, read_number, smooth

RATE = Fraction(25)


def found(number: int) -> Found:
    return Found(f"{number}.jpg", jpeg(numbered(number)))


def given(items: Iterable[Found], **options: object) -> tuple[list[int], list[int], list[str]]:
    """Return the numbers shown, their times, and what was said, by one source."""
    said: list[str] = []
    source = JpegSource(items, RATE, on_skip=said.append, **options)  # type: ignore[arg-type]
    pictures = list(source.units())
    source.close()
    return [read_number(luma(picture)) for picture in pictures], [picture.pts_us for picture in pictures], said


def test_pictures_come_in_order_one_interval_apart() -> None:
    numbers, times, said = given(found(number) for number in range(60))
    assert numbers == list(range(60))
    assert times == [number * 40_000 for number in range(60)]
    assert said == []


def test_what_cannot_be_used_is_left_out_named_and_counted() -> None:
    cut = jpeg(numbered(5))
    items = [
        Found("empty.jpg", b"", "an empty file"),
        found(1),
        Found("half.jpg", cut[: len(cut) // 2] + b"\xff\xd9"),
        Found("text.jpg", b"hello, world"),
        Found("is_png.jpg", png(numbered(2))),
        found(3),
    ]
    numbers, times, said = given(items)
    assert numbers == [1, 2, 3]
    assert times == [0, 40_000, 80_000]
    assert [line.split(":")[0] for line in said] == [
        "left out empty.jpg",
        "left out half.jpg",
        "left out text.jpg",
        "left out 3 of 6 pictures",
    ]


def test_what_had_to_be_passed_over_is_said_once() -> None:
    plain = found(7)
    strange = Found("junk.jpg", plain.data[:2] + b"\xff\x00" + plain.data[2:])
    numbers, _, said = given([found(1), strange, strange])
    assert numbers == [1, 7, 7]
    assert said == ["junk.jpg: junk between its segments: shown all the same"]


def test_bytes_beside_a_fault_are_tried() -> None:
    data = jpeg(numbered(7))
    numbers, _, said = given([Found("a.jpg", data[:-2], "cut: no end"), Found("b.jpg", data[:300], "cut: no end")])
    assert numbers == [7]
    assert said == ["a.jpg: cut: no end: shown all the same", "left out b.jpg: cut: no end", "left out 1 of 2 pictures"]


def test_a_lenient_source_shows_damage_as_far_as_it_goes() -> None:
    data = jpeg(numbered(7), quality=60)
    cut = Found("a.jpg", data[: len(data) - 40], "cut: no end")
    with pytest.raises(InputError, match=r"no usable picture: a\.jpg: cut: no end"):
        given([cut])
    numbers, _, said = given([cut], lenient=True)
    assert numbers == [7]
    assert said == ["a.jpg: no end of picture: damaged, shown as far as it goes"]


def test_one_fault_is_named_once_and_many_are_not_all_named() -> None:
    faulty = [Found("a.jpg", b"", "bad")] * 5 + [Found(f"{n}.jpg", b"", "bad") for n in range(100)]
    _, _, said = given([found(0), *faulty])
    assert len(said) == 51
    assert said[-1] == "left out 105 of 106 pictures"


def test_the_first_usable_picture_decides_the_size_and_the_others_are_scaled() -> None:
    items = [Found("bad", b"", "bad"), Found("a", jpeg(smooth(99, 51))), Found("b", jpeg(smooth(640, 480)))]
    source = JpegSource(items, RATE)
    assert source.info.video is not None
    assert (source.info.video.width, source.info.video.height) == (100, 52)
    assert source.info.notes == ("99x51 has an odd side: sent as 100x52",)
    assert [(unit.width, unit.height, len(unit.data)) for unit in source.units()] == [(100, 52, 7800)] * 2
    assert source.skipped == 1
    source.close()


def test_a_size_is_kept_to() -> None:
    source = JpegSource([Found("a", jpeg(smooth(100, 50)))], RATE, size=(64, 64), fit="contain")
    picture = next(source.units())
    assert (picture.width, picture.height, picture.color_space) == (64, 64, "bt601")
    assert set(np.unique(luma(picture)[0])) == {16}
    source.close()


def test_nothing_usable_is_an_error() -> None:
    with pytest.raises(InputError, match="no usable picture: a.jpg: an empty file"):
        JpegSource([Found("a.jpg", b"", "an empty file")], RATE)
    with pytest.raises(InputError, match="no usable picture: none came"):
        JpegSource([], RATE)
    source = JpegSource([Found("a.jpg", b"", "an empty file")], RATE, size=(64, 64))
    with pytest.raises(InputError, match="no usable picture: a.jpg: an empty file"):
        list(source.units())
    source.close()


def test_an_endless_round_of_useless_pictures_ends() -> None:
    def forever() -> Iterable[Found]:
        while True:
            yield Found("a.jpg", b"", "bad")

    with pytest.raises(InputError, match="no usable picture: a.jpg: bad"):
        JpegSource(forever(), RATE, patience=3)
    source = JpegSource(forever(), RATE, size=(64, 64), patience=3)
    with pytest.raises(InputError, match="no usable picture: a.jpg: bad"):
        list(source.units())
    source.close()


def test_a_failure_of_the_items_comes_after_the_good_pictures() -> None:
    def items() -> Iterable[Found]:
        yield found(1)
        yield found(2)
        raise InputError("gone", "directory vanished")

    source = JpegSource(items(), RATE)
    units = source.units()
    assert [read_number(luma(next(units))) for _ in range(2)] == [1, 2]
    with pytest.raises(InputError, match="directory vanished"):
        next(units)
    source.close()


def test_decoding_runs_ahead_but_not_far() -> None:
    taken: list[int] = []
    enough = threading.Event()

    def items() -> Iterable[Found]:
        for number in range(50):
            taken.append(number)
            if len(taken) > AHEAD:
                enough.set()
            yield found(number)

    source = JpegSource(items(), RATE)
    assert enough.wait(10)
    assert len(taken) == AHEAD + 1
    source.close()


def test_live_pictures_keep_their_pauses() -> None:
    items = [Found("x", jpeg(numbered(n)), at_us=at_us) for n, at_us in enumerate([500, 600, 900_500])]
    _, times, _ = given(items)
    assert times == [0, 40_000, 900_000]
