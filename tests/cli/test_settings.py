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


def test_a_folder_that_listens_keeps_recordings_here(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        with pytest.raises(SettingsInvalid, match="CARELINE_SPEECH_MODEL"):
            settings.read({"CARELINE_SPEECH_MODEL": str(tmp_path)})
        (tmp_path / name).touch()
    found = settings.read({"OPENAI_API_KEY": "sk-1", "CARELINE_SPEECH_MODEL": str(tmp_path)})
    assert found.speech_model == tmp_path
    assert not any("recordings" in line for line in found.warnings)


def test_recordings_go_to_the_model_s_server_unless_there_is_another() -> None:
    own = {"CARELINE_MODEL_BASE_URL": "http://127.0.0.1:1/v1", "CARELINE_MODEL": "m"}
    assert settings.read(own).transcription_base_url == "http://127.0.0.1:1/v1"
    speech = "http://speech.internal:9000/v1"
    assert settings.read({**own, "CARELINE_TRANSCRIPTION_BASE_URL": speech}).transcription_base_url == speech
    assert settings.read({}).transcription_base_url is None


def test_own_hosts() -> None:
    found = settings.read({"CARELINE_ATTACHMENT_HOSTS": "Files.internal:9000, 10.0.0.5 [::1]:80"})
    assert found.attachment_hosts == ("files.internal:9000", "10.0.0.5", "[::1]:80")


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
        ("CARELINE_ATTACHMENT_HOSTS", "https://files.internal/"),
        ("CARELINE_ATTACHMENT_HOSTS", "files.internal:port"),
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
        ("OPENAI_API_KEY", "hunter2 hunter2"),
        ("OPENAI_API_KEY", "hunter2\nX-Other: 1"),
        ("CARELINE_MODEL", "two words"),
        ("CARELINE_MODEL_BASE_URL", "https://hunter2@models.example/v1"),
        ("CARELINE_MODEL_BASE_URL", "https://models.example/v1?key=1"),
        ("CARELINE_MODEL_BASE_URL", "https://models.example/v1/chat/completions"),
        ("CARELINE_MODEL_BASE_URL", "http://models.example/v1"),
        ("CARELINE_MODEL_BASE_URL", "http://93.184.216.34/v1"),
        ("CARELINE_MODEL_BASE_URL", "http://0.0.0.0/v1"),
        ("CARELINE_MODEL_BASE_URL", "ollama:11434"),
        ("CARELINE_MODEL_TOKEN_SECONDS", "0"),
        ("CARELINE_MODEL_ANSWER_SECONDS", "101"),
        ("CARELINE_MODEL_ANSWER_TOKENS", "49"),
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
    found = settings.read(
        {
            "DATABASE_URL": "postgresql://u:hunter2@h/d",
            "CARELINE_SMTP_URL": "smtp://u:hunter2@h",
            "OPENAI_API_KEY": "hunter2",
        }
    )
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


def test_a_key_alone_is_the_usual_hosted_model_and_says_where_words_go() -> None:
    found = settings.read({"OPENAI_API_KEY": "sk-1"})
    assert (found.model, found.model_base_url) == (settings.DEFAULT_MODEL, "https://api.openai.com/v1")
    assert found.warnings == (
        "A language model is set: what patients write is sent to api.openai.com.",
        "Patients' recordings are sent to api.openai.com as they are. CARELINE_VOICE=false keeps them.",
    )
    assert len(settings.read({"OPENAI_API_KEY": "sk-1", "CARELINE_VOICE": "false"}).warnings) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:11434/v1",
        "http://127.0.0.1:8081/v1/",
        "http://[::1]:8081/v1",
        "https://10.0.0.7/v1",
        "https://models.internal/v1",
    ],
)
def test_a_model_of_the_own_network_needs_no_key_and_no_warning(address: str) -> None:
    found = settings.read({"CARELINE_MODEL_BASE_URL": address, "CARELINE_MODEL": "qwen3"})
    assert (found.model_base_url, found.openai_api_key, found.warnings) == (address.rstrip("/"), None, ())


@pytest.mark.parametrize("address", ["http://192.168.1.20:8080/v1", "http://ollama:11434/v1", "http://gpu.lan/v1"])
def test_plain_http_in_the_own_network_is_warned_about(address: str) -> None:
    (warning,) = settings.read({"CARELINE_MODEL_BASE_URL": address, "CARELINE_MODEL": "qwen3"}).warnings
    assert "plain http" in warning


def test_a_server_needs_to_be_told_its_model() -> None:
    with pytest.raises(SettingsInvalid, match="CARELINE_MODEL must name"):
        settings.read({"CARELINE_MODEL_BASE_URL": "http://localhost:11434/v1", "OPENAI_API_KEY": "sk-1"})


def test_a_model_without_a_server_is_warned_about() -> None:
    (warning,) = settings.read({"CARELINE_MODEL": "qwen3"}).warnings
    assert "no model is used" in warning
