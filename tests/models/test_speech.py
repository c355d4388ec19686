"""Speech to text on this machine, where its package is not installed (tests/real_model has it)."""

import importlib.util
from pathlib import Path

import pytest

from careline import settings
from careline.domain.errors import SettingsInvalid
from careline.models.load import load_transcriber
from tests.cli.careline_command import careline

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("faster_whisper") is not None, reason="faster-whisper is installed"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "whisper"
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).touch()
    return folder


def test_what_is_missing_is_said(folder: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"install careline\[speech\]"):
        load_transcriber(settings.read({"CARELINE_SPEECH_MODEL": str(folder)}))
    silent = settings.read({"CARELINE_SPEECH_MODEL": str(folder), "CARELINE_VOICE": "false"})
    assert load_transcriber(silent) is None


def test_the_server_does_not_start_deaf(folder: Path, tmp_path: Path) -> None:
    ended = careline(tmp_path, "serve", "--port", "0", CARELINE_SPEECH_MODEL=str(folder))
    assert ended.returncode != 0
    assert ended.stderr.splitlines()[-1].endswith("install careline[speech].")
    assert "Traceback" not in ended.stderr
