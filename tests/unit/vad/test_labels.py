"""Labels in both forms, and what is wrong with those that are refused."""

from pathlib import Path

import pytest

from agora_cli.errors import InputError
from agora_cli.vad.labels import Labels, read_labels


def labels(folder: Path, text: str, name: str = "labels.txt", seconds: float = 10) -> Labels:
    (folder / name).write_text(text)
    return read_labels(folder / name, seconds)


def test_audacity(tmp_path: Path) -> None:
    text = "0.5\t1.25\tspeech\n\\\t100\t200\n2\t3\tnoise\n\n3.000\t4.000\t\n3.5\t5\tB\n"
    assert labels(tmp_path, text) == Labels(((500, 1250), (3000, 5000)), 5000)


def test_scv(tmp_path: Path) -> None:
    text = "name,0.000,0.403,0,0.403,1.204,1,1.204,2,0,2,3,1\n"
    expected = Labels(((403, 1204), (2000, 3000)), 3000)
    assert labels(tmp_path, text, "a.scv") == expected
    assert labels(tmp_path, text, "a.txt") == expected


def test_pauses_under_250_ms_part_no_utterances() -> None:
    spoken = Labels(((0, 1000), (1249, 2000), (2250, 3000)), 3000)
    assert spoken.utterances() == ((0, 2000), (2250, 3000))
    assert Labels((), 0).utterances() == ()


def test_a_frame_is_speech_where_its_middle_is() -> None:
    assert Labels(((5, 15), (34, 40)), 50).mask(5).tolist() == [True, False, False, True, False]
    assert Labels(((6, 16),), 50).mask(3).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "a.txt", "holds no label"),
        ("1 2 speech\n", "a.txt", "line 1: expected a start and an end in seconds"),
        ("0\t1\tx\n2\tone\tx\n", "a.txt", "line 2: expected a start and an end in seconds, got '2', 'one'"),
        ("2\t1\tx\n", "a.txt", "line 1: expected 0 <= start <= end in seconds, got 2 to 1"),
        ("-1\t1\tx\n", "a.txt", "got -1 to 1"),
        ("nan\t1\tx\n", "a.txt", "got nan to 1"),
        ("0\t11\tx\n", "a.txt", "a label ends at 11.000 s, but the recording at 10.000 s"),
        ("name,0,1,2", "a.scv", "item 4: expected 0 or 1, got '2'"),
        ("name,0,1", "a.scv", "expected name, then start, end and 0 or 1 for each, got 3 items"),
        ("name,0,x,1", "a.scv", "item 2: expected a start and an end in seconds"),
    ],
)
def test_wrong_labels(tmp_path: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        labels(tmp_path, text, name)
    assert message in caught.value.message


def test_labels_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the labels .*: No such file"):
        read_labels(tmp_path / "none.txt", 1)
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00\xff")
    with pytest.raises(InputError, match="it is not text"):
        read_labels(tmp_path / "b.txt", 1)
