"""The settings: read once at start from the environment and a `.env` file, checked, and frozen.

The environment wins over `.env`; an empty value counts as not set. Anything wrong is one SettingsInvalid that names
the variable. Values that may hold a password are never repeated, neither in an error nor in a `repr`.
"""

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from careline import settings_addresses as addresses
from careline import settings_readers as readers
from careline.domain.errors import SettingsInvalid
from careline.settings_table import (
    DEFAULT_MODEL,
    DEFAULT_MODEL_URL,
    DEFAULT_PUBLIC_URL,
    DEFAULT_TRANSCRIPTION_MODEL,
    LONGEST_SESSION,
    NOT_SETTINGS,
    SETTINGS,
    Setting,
)

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_MODEL_URL",
    "DEFAULT_PUBLIC_URL",
    "LONGEST_SESSION",
    "SETTINGS",
    "Settings",
    "load",
    "load_or_exit",
    "read",
]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decided. Sizes are in bytes or characters as said, times in seconds."""

    database_url: str
    data_dir: Path
    packs_dir: Path | None = None
    pack: str = "istanbul_medic"
    debug: bool = False
    allowed_origins: tuple[str, ...] = ()
    default_device_id: str | None = None
    public_url: str = DEFAULT_PUBLIC_URL
    session_ttl: int = 86_400
    max_content: int = 4_000
    max_body: int = 65_536
    heartbeat_seconds: float = 15.0
    smtp_url: str | None = None
    mail_from: str = "careline@localhost"
    max_running_turns: int = 2_000
    alert_minutes: int = 5
    alert_webhook: str | None = None
    alert_mail: str | None = None
    messages_per_minute: int = 60
    secret: str | None = None
    openai_api_key: str | None = None
    model: str | None = None
    model_base_url: str | None = None
    model_first_token_seconds: float = 4.0
    model_token_seconds: float = 10.0
    model_answer_seconds: float = 30.0
    model_answer_tokens: int = 700
    model_understanding_seconds: float = 2.5
    model_rephrasing_seconds: float = 1.5
    model_vision: bool = False
    attachment_hosts: tuple[str, ...] = ()
    voice: bool = True
    transcription_base_url: str | None = None
    transcription_model: str = DEFAULT_TRANSCRIPTION_MODEL
    speech_model: Path | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Settings(pack={self.pack!r}, database={self.database_url.partition(':')[0]!r}, debug={self.debug})"


def read(values: Mapping[str, str]) -> Settings:
    """The settings in these variables. Raises SettingsInvalid with one line that names the variable."""
    fields: dict[str, Any] = {}
    for setting in SETTINGS:
        name, text = _first(setting, values)
        if text:
            fields[setting.field] = _value(setting, name, text)
    fields.setdefault("data_dir", readers.folder("data"))
    fields.setdefault("database_url", f"sqlite:///{fields['data_dir'] / 'careline.db'}")
    _model(fields)
    return Settings(**fields, warnings=tuple(_warnings(values, fields)))


def _model(fields: dict[str, Any]) -> None:
    """A key alone means the usual hosted model; another server must be told which model is meant."""
    if "openai_api_key" in fields:
        fields.setdefault("model_base_url", DEFAULT_MODEL_URL)
    if fields.get("model_base_url") == DEFAULT_MODEL_URL:
        fields.setdefault("model", DEFAULT_MODEL)
    if "model_base_url" in fields:
        fields.setdefault("transcription_base_url", fields["model_base_url"])
    if "model_base_url" in fields and "model" not in fields:
        raise SettingsInvalid("CARELINE_MODEL must name the model that CARELINE_MODEL_BASE_URL serves.")


def load(env_file: Path = Path(".env")) -> Settings:
    """The settings of this process. Raises SettingsInvalid."""
    return read({**_from_file(env_file), **{name: text for name, text in os.environ.items() if text}})


def load_or_exit() -> Settings:
    """As `load`, but a wrong setting ends the program with one line on standard error and code 2."""
    try:
        return load()
    except SettingsInvalid as error:
        _exit(str(error))


def _exit(line: str) -> NoReturn:
    print(f"careline: {line}", file=sys.stderr)
    raise SystemExit(2)


def _first(setting: Setting, values: Mapping[str, str]) -> tuple[str, str]:
    for name in (setting.name, *setting.also):
        if text := values.get(name, "").strip():
            return name, text
    return setting.name, ""


def _value(setting: Setting, name: str, text: str) -> Any:
    try:
        return setting.read(text)
    except ValueError as error:
        shown = "its value" if setting.secret else repr(text if len(text) <= 80 else text[:80] + "...")
        raise SettingsInvalid(f"{name} {error} ({shown} is not).") from None


def _from_file(env_file: Path) -> dict[str, str]:
    if not env_file.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return {name: text for name, text in dotenv_values(env_file, interpolate=False).items() if text}
    except (OSError, UnicodeDecodeError):
        raise SettingsInvalid(f"The file {env_file} cannot be read as UTF-8 text.") from None


def _warnings(values: Mapping[str, str], fields: Mapping[str, Any]) -> list[str]:
    known = {setting.name for setting in SETTINGS} | NOT_SETTINGS
    lines = []
    for name in sorted(name for name in values if name.startswith("CARELINE_") and name not in known):
        own = {one.removeprefix("CARELINE_"): one for one in known}
        nearest = difflib.get_close_matches(name.removeprefix("CARELINE_"), own, n=1)
        lines.append(f"{name} is not a setting" + (f"; did you mean {own[nearest[0]]}?" if nearest else "."))
    if "default_device_id" in fields:
        lines.append("CARELINE_DEFAULT_DEVICE_ID is set: visitors without X-Device-ID share one conversation.")
    return [*lines, *_model_warnings(fields), *_voice_warnings(fields)]


def _model_warnings(fields: Mapping[str, Any]) -> Iterator[str]:
    address = fields.get("model_base_url")
    if address is None:
        if "model" in fields:
            yield "CARELINE_MODEL is set without OPENAI_API_KEY or CARELINE_MODEL_BASE_URL: no model is used."
        return
    if address == DEFAULT_MODEL_URL and "openai_api_key" not in fields:
        yield "CARELINE_MODEL_BASE_URL needs a key: set OPENAI_API_KEY."
    if not addresses.is_private(address):
        yield f"A language model is set: what patients write is sent to {addresses.host(address)}."
    elif address.startswith("http:") and not addresses.is_this_machine(address):
        yield "CARELINE_MODEL_BASE_URL is plain http: what patients write can be read in that network."


def _voice_warnings(fields: Mapping[str, Any]) -> Iterator[str]:
    address = fields.get("transcription_base_url")
    if address is None or not fields.get("voice", True) or "speech_model" in fields:
        return
    if not addresses.is_private(address):
        host = addresses.host(address)
        yield f"Patients' recordings are sent to {host} as they are. CARELINE_VOICE=false keeps them."
