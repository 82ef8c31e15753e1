"""Loading the published package: none of its side effects, and one line for whatever keeps it from loading."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agora_cli.sdklib.probe import RTC_LIBRARIES, RTM_LIBRARIES
from tests.contract.sdk_fake.build import symbols
from tests.contract.sdk_fake.fixtures import Fake

SETUP = """
import json, logging, ssl, sys
from pathlib import Path
from agora_cli.errors import UnavailableError
from agora_cli.sdklib.load import load_rtc, load_rtm, observer
directory = Path(sys.argv[1])
context = ssl._create_default_https_context
def attempt(load):
    try:
        load(directory)
    except UnavailableError as error:
        return [error.code, error.message]
"""
# Structures that the fake's C side declares too.
STRUCTURES = [
    "AgoraServiceConfigInner",
    "RTCConnConfigInner",
    "RTCConnInfoInner",
    "SenderOptionsInner",
    "VideoEncoderConfigurationInner",
    "SimulcastStreamConfigInner",
    "EncryptionConfigInner",
    "VideoSubscriptionOptionsInner",
    "EncodedVideoFrameInfoInner",
    "EncodedAudioFrameInfoInner",
    "AudioFrameInner",
    "ExternalVideoFrameInner",
    "VideoFrameInner",
    "AudioVolumeInfoInner",
    "RTCStatsInner",
]


def run(fake: Fake, directory: Path, code: str) -> Any:
    """Run code after SETUP in a child that loads the SDK in `directory`; return the JSON that it prints."""
    command = [sys.executable, "-c", SETUP + code, str(directory)]
    done = subprocess.run(command, env=fake.environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1, done.stdout
    return json.loads(done.stdout)


@pytest.fixture
def copy(fake: Fake, tmp_path: Path) -> Path:
    """Give a copy of the SDK that a test may break."""
    return Path(shutil.copytree(fake.sdk_dir, tmp_path / "copy"))


def test_loading_has_no_side_effects(fake: Fake) -> None:
    found = run(
        fake,
        fake.sdk_dir,
        """
rtc, rtm = load_rtc(directory), load_rtm(directory)
again = load_rtc(directory) is rtc and load_rtm(directory) is rtm
sys.modules["agora.rtc.rtc_connection"].print("heard by nobody")
print(json.dumps({
    "version": list(rtc.version), "again": again, "ssl": ssl._create_default_https_context is context,
    "init": hasattr(sys.modules["agora"], "get_file_md5"), "propagate": logging.getLogger("agora").propagate,
    "printing": [n for n, m in sys.modules.items() if n.startswith("agora.") and "print" not in vars(m)],
    "libraries": sorted(p.name for p in rtc.library_dir.glob("*.so")),
}))""",
    )
    assert found == {
        "version": [int(number) for number in fake.version.split(".")],
        "again": True,
        "ssl": True,
        "init": False,
        "propagate": False,
        "printing": [],
        "libraries": sorted(RTC_LIBRARIES + RTM_LIBRARIES),
    }


def test_structures_have_the_size_of_the_c_side(fake: Fake) -> None:
    found = run(
        fake,
        fake.sdk_dir,
        f"""
load_rtc(directory)
import ctypes
data = sys.modules["agora.rtc._ctypes_handle._ctypes_data"]
size = data.agora_lib.fake_sizeof
size.argtypes, size.restype = [ctypes.c_char_p], ctypes.c_long
print(json.dumps({{n: [ctypes.sizeof(getattr(data, n)), size(n.encode())] for n in {STRUCTURES!r}}}))""",
    )
    assert {name: sizes[0] for name, sizes in found.items()} == {name: sizes[1] for name, sizes in found.items()}
    assert found["EncryptionConfigInner"][0] == 56


def test_the_symbols_are_those_that_were_counted(fake: Fake) -> None:
    assert len(symbols(fake.sdk_dir / "agora", "agora_lib")) == 136
    assert len(symbols(fake.sdk_dir / "agora", "rtm_lib")) == 10


def test_an_observer_refuses_a_callback_that_never_comes(fake: Fake) -> None:
    found = run(
        fake,
        fake.sdk_dir,
        """
interface = load_rtc(directory).connection_observer.IRTCConnectionObserver
try:
    observer(interface, on_conected=print)
except TypeError as error:
    print(json.dumps(str(error)))""",
    )
    assert found == "IRTCConnectionObserver has no on_conected"


def test_a_missing_symbol_is_one_line_and_leaves_nothing(fake: Fake, copy: Path) -> None:
    library = copy / "agora" / "agora_sdk" / "libagora_rtc_sdk.so"
    shutil.copy(copy / "agora" / "agora_sdk" / "libaosl.so", library)
    found = run(
        fake,
        copy,
        """
answer = attempt(load_rtc)
left = [name for name in sys.modules if name.startswith("agora.")]
print(json.dumps([answer, left, ssl._create_default_https_context is context]))""",
    )
    (code, message), left, context_kept = found
    assert code == "sdk-load"
    assert "undefined symbol" in message
    assert (left, context_kept) == ([], True)


def test_a_library_that_does_not_load_ends_no_process(fake: Fake, copy: Path) -> None:
    # 64 bytes of a good header: the right processor, and nothing behind it
    library = copy / "agora" / "agora_sdk" / "libagora_rtc_sdk.so"
    library.write_bytes(library.read_bytes()[:64])
    code, message = run(fake, copy, "print(json.dumps(attempt(load_rtc)))")
    assert code == "sdk-load"
    assert "libagora_rtc_sdk.so" in message


def test_rtm_may_fail_while_rtc_stays(fake: Fake, copy: Path) -> None:
    library = copy / "agora" / "agora_sdk" / "libagora_rtm_sdk_c.so"
    library.write_bytes(library.read_bytes()[:64])
    found = run(
        fake,
        copy,
        """
rtc = load_rtc(directory)
print(json.dumps([attempt(load_rtm)[0], load_rtc(directory) is rtc, "agora.rtc" in sys.modules]))""",
    )
    assert found == ["sdk-load", True, True]


def test_two_sdks_in_one_process_are_refused(fake: Fake, copy: Path) -> None:
    found = run(
        fake,
        copy,
        f"""
load_rtc(Path({str(fake.sdk_dir)!r}))
print(json.dumps(attempt(load_rtc)[0]))""",
    )
    assert found == "sdk-twice"


def test_a_package_that_somebody_imported_is_refused(fake: Fake) -> None:
    found = run(
        fake,
        fake.sdk_dir,
        """
sys.modules["agora"] = json
print(json.dumps(attempt(load_rtc)[0]))""",
    )
    assert found == "sdk-imported"


def test_rtm_messages_are_repaired(fake: Fake) -> None:
    found = run(
        fake,
        fake.sdk_dir,
        """
import ctypes
inner = load_rtm(directory).client.MessageEventInner
data = ctypes.create_string_buffer(b"a\\0b", 3)
event = inner(1, 0, b"room", None, ctypes.cast(data, ctypes.c_char_p), 3, b"anna", None).get()
print(json.dumps([event.message.decode("latin-1"), event.publisher]))""",
    )
    assert found == ["a\0b", "anna"]
