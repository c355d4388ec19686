"""Settings: where they come from, and that a wrong one is one line that names it and gives nothing away."""

import re
from pathlib import Path

import pytest

from careline import settings
from careline.domain.errors import SettingsInvalid


def test_defaults_need_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = settings.read({})
    assert found.data_dir == tmp_path / "data"
    assert found.database_url == f"sqlite:///{tmp_path}/data/careline.db"
    assert (found.pack, found.session_ttl, found.debug) == ("istanbul_medic", 86_400, False)
    assert found.warnings == ()


def test_the_database_lives_in_the_data_directory(tmp_path: Path) -> None:
    found = settings.read({"CARELINE_DATA_DIR": str(tmp_path)})
    assert found.database_url == f"sqlite:///{tmp_path}/careline.db"


def test_environment_wins_over_the_file_and_empty_is_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in settings.SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    (tmp_path / ".env").write_text(
        "CARELINE_SESSION_TTL=60\nCARELINE_MAX_CONTENT=100\nDEBUG=true\n"
        "CARELINE_MAIL_FROM='Anna <anna@clinic.example>'\n"
    )
    monkeypatch.setenv("CARELINE_SESSION_TTL", "120")
    monkeypatch.setenv("CARELINE_MAX_CONTENT", "")
    found = settings.load(tmp_path / ".env")
    assert (found.session_ttl, found.max_content, found.debug) == (120, 100, True)
    assert found.mail_from == "Anna <anna@clinic.example>"


@pytest.mark.parametrize(
    "text", ["https://a.example,http://localhost:3000", "https://a.example  http://localhost:3000/"]
)
@pytest.mark.parametrize("name", ["CARELINE_ALLOWED_ORIGINS", "ALLOWED_ORIGINS", "CORS_ORIGINS"])
def test_origins(name: str, text: str) -> None:
    assert settings.read({name: text}).allowed_origins == ("https://a.example", "http://localhost:3000")


def test_origins_as_json_and_all() -> None:
    assert settings.read({"ALLOWED_ORIGINS": '["https://a.example"]'}).allowed_origins == ("https://a.example",)
    assert settings.read({"ALLOWED_ORIGINS": "*"}).allowed_origins == ("*",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "mysql://u:hunter2@h/d"),
        ("DATABASE_URL", "postgresql://u:hunter2@h:port/d"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DEBUG", "maybe"),
        ("CARELINE_SESSION_TTL", "0"),
        ("CARELINE_SESSION_TTL", "1.5"),
        ("CARELINE_SESSION_TTL", "-5"),
        ("CARELINE_SESSION_TTL", "٣"),
        ("CARELINE_MAX_BODY", "99999999999999999999999"),
        ("CARELINE_HEARTBEAT_SECONDS", "nan"),
        ("CARELINE_PACK", "../../etc"),
        ("CARELINE_PACKS_DIR", "/no/such/folder"),
        ("CARELINE_DEFAULT_DEVICE_ID", "two words"),
        ("CARELINE_PUBLIC_URL", "chat.example.org"),
        ("CARELINE_ALLOWED_ORIGINS", "https://a.example/path"),
        ("CARELINE_ALLOWED_ORIGINS", "[1]"),
        ("CARELINE_SMTP_URL", "https://user:hunter2@mail.example"),
        ("CARELINE_SMTP_URL", "smtp://user:hunter2@mail.example:99999"),
        ("CARELINE_MAIL_FROM", "nobody"),
        ("CARELINE_MAIL_FROM", "a@b.example\nBcc: x@y.example"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_it(name: str, text: str) -> None:
    with pytest.raises(SettingsInvalid) as error:
        settings.read({name: text})
    assert str(error.value).startswith(f"{name} must")
    assert "\n" not in str(error.value)
    assert "hunter2" not in str(error.value)


def test_the_name_that_was_used_is_the_name_in_the_error() -> None:
    with pytest.raises(SettingsInvalid, match=r"^ALLOWED_ORIGINS must"):
        settings.read({"ALLOWED_ORIGINS": "nonsense"})


def test_a_repr_shows_no_password() -> None:
    found = settings.read({"DATABASE_URL": "postgresql://u:hunter2@h/d", "CARELINE_SMTP_URL": "smtp://u:hunter2@h"})
    assert "hunter2" not in repr(found)


def test_an_unknown_name_is_warned_about_with_the_nearest_known_one() -> None:
    found = settings.read({"CARELINE_SESION_TTL": "5", "CARELINE_QQQQ": "1", "CARELINE_REQUIRE_BROWSER": "1"})
    assert found.warnings == (
        "CARELINE_QQQQ is not a setting.",
        "CARELINE_SESION_TTL is not a setting; did you mean CARELINE_SESSION_TTL?",
    )


def test_a_shared_default_device_is_warned_about() -> None:
    (warning,) = settings.read({"CARELINE_DEFAULT_DEVICE_ID": "default_user"}).warnings
    assert "share one conversation" in warning


def test_an_unreadable_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsInvalid, match=re.escape(str(tmp_path / ".env"))):
        settings.load(tmp_path / ".env")
