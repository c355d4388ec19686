"""The secret is configured, or made once: the same for everybody who shares the data directory, and their own alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from careline.auth.secret import load_secret
from careline.domain.errors import SettingsInvalid


def test_a_configured_secret_makes_no_file(tmp_path: Path) -> None:
    assert load_secret("x" * 32, tmp_path / "data") == b"x" * 32
    assert list(tmp_path.iterdir()) == []


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_secret(None, tmp_path / "data")
    assert len(first) == 32
    assert load_secret(None, tmp_path / "data") == first
    assert load_secret(None, tmp_path / "other") != first
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_all_who_start_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: load_secret(None, tmp_path), range(32)))) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_file_that_was_cut_short_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(SettingsInvalid):
        load_secret(None, tmp_path)
