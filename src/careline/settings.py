"""The settings: read once at start from the environment and a `.env` file, checked, and frozen.

The environment wins over `.env`; an empty value counts as not set. Anything wrong is one SettingsInvalid that names
the variable. Values that may hold a password are never repeated, neither in an error nor in a `repr`.
"""

import difflib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from careline import settings_addresses as addresses
from careline import settings_readers as readers
from careline.domain.errors import SettingsInvalid

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8000"
DEFAULT_MODEL = "gpt-4.1-mini"
DEFAULT_MODEL_URL = "https://api.openai.com/v1"
LONGEST_SESSION = 31_536_000


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
    model_understanding_seconds: float = 2.5
    model_rephrasing_seconds: float = 1.5
    model_vision: bool = False
    attachment_hosts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Settings(pack={self.pack!r}, database={self.database_url.partition(':')[0]!r}, debug={self.debug})"


class Setting(msgspec.Struct, frozen=True):
    """One variable: the field it fills, how its text is read (ValueError says what is expected), and what it means."""

    name: str
    field: str
    read: Callable[[str], Any]
    default: str
    meaning: str
    also: tuple[str, ...] = ()
    secret: bool = False


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "database_url",
        addresses.database_url,
        "`careline.db` in the data directory",
        "`sqlite:///path/to/file.db` (a relative path) or `sqlite:////absolute/path`, or "
        "`postgresql://user:password@host:5432/database`",
        secret=True,
    ),
    Setting("DEBUG", "debug", readers.flag, "`false`", "More in the log, and the requests as well"),
    Setting(
        "CARELINE_DATA_DIR",
        "data_dir",
        readers.folder,
        "`./data`",
        "Where the SQLite database, the mailbox folder and the spool are kept",
    ),
    Setting(
        "CARELINE_PACKS_DIR",
        "packs_dir",
        readers.existing_folder,
        "the packs of the package",
        "A folder of your own packs, one folder each, looked at first",
    ),
    Setting("CARELINE_PACK", "pack", readers.pack, "`istanbul_medic`", "The pack that is served"),
    Setting(
        "CARELINE_ALLOWED_ORIGINS",
        "allowed_origins",
        addresses.origins,
        "none",
        "Websites that may call the API from a browser, separated by commas; `*` for all",
        also=("ALLOWED_ORIGINS", "CORS_ORIGINS", "CORS_ALLOWED_ORIGINS"),
    ),
    Setting(
        "CARELINE_PUBLIC_URL",
        "public_url",
        addresses.public_url,
        "the address it listens on",
        "The address people reach it at, for links in replies and mails",
    ),
    Setting(
        "CARELINE_DEFAULT_DEVICE_ID",
        "default_device_id",
        readers.device,
        "none: each visitor gets an own id",
        "One shared device for every request without `X-Device-ID`. Visitors then see one another's conversation",
    ),
    Setting(
        "CARELINE_SESSION_TTL",
        "session_ttl",
        readers.whole(1, LONGEST_SESSION),
        "`86400`",
        "Seconds after the last message at which a session ends",
    ),
    Setting(
        "CARELINE_MAX_CONTENT", "max_content", readers.whole(1, 100_000), "`4000`", "Characters a message may have"
    ),
    Setting(
        "CARELINE_MAX_BODY", "max_body", readers.whole(1024, 16_777_216), "`65536`", "Bytes a request body may have"
    ),
    Setting(
        "CARELINE_HEARTBEAT_SECONDS",
        "heartbeat_seconds",
        readers.seconds,
        "`15`",
        "Seconds of silence after which a stream sends a comment",
    ),
    Setting(
        "CARELINE_SMTP_URL",
        "smtp_url",
        addresses.smtp_url,
        "none: mails are files in the data directory",
        "The mail server: `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://user:password@host:465`",
        secret=True,
    ),
    Setting("CARELINE_MAIL_FROM", "mail_from", addresses.mail_from, "`careline@localhost`", "The sender of its mails"),
    Setting(
        "CARELINE_MAX_RUNNING_TURNS",
        "max_running_turns",
        readers.whole(1, 100_000),
        "`2000`",
        "Messages that may be waiting for their reply at once; beyond that new ones are refused for the moment (503)",
    ),
    Setting(
        "CARELINE_MESSAGES_PER_MINUTE",
        "messages_per_minute",
        readers.whole(1, 100_000),
        "`60`",
        "Messages one WebSocket connection may send in a minute, a third of them at once",
    ),
    Setting(
        "CARELINE_SECRET",
        "secret",
        readers.secret,
        "made once and kept in the data directory",
        "Signs user tokens and session ids, at least 32 characters. Another one ends all tokens and sessions",
        secret=True,
    ),
    Setting(
        "CARELINE_ALERT_WEBHOOK",
        "alert_webhook",
        addresses.webhook_url,
        "none",
        "Where staff alerts are posted as JSON: an https address (http only on this machine)",
        secret=True,
    ),
    Setting("CARELINE_ALERT_MAIL", "alert_mail", addresses.mail_to, "none", "The address staff alerts are mailed to"),
    Setting(
        "CARELINE_ALERT_MINUTES",
        "alert_minutes",
        readers.whole(1, 1440),
        "`5`",
        "Minutes after which an alert that nobody has acknowledged is raised again",
    ),
    Setting(
        "OPENAI_API_KEY",
        "openai_api_key",
        readers.key,
        "none",
        "The key of the language model's server; a local server may need none",
        secret=True,
    ),
    Setting(
        "CARELINE_MODEL",
        "model",
        readers.model_name,
        f"`{DEFAULT_MODEL}` with a key",
        "The language model, as its server calls it",
    ),
    Setting(
        "CARELINE_MODEL_BASE_URL",
        "model_base_url",
        addresses.model_url,
        f"`{DEFAULT_MODEL_URL}` with a key",
        "The OpenAI-compatible server, up to and with its `/v1`: https, or http in this machine's own network",
        secret=True,
    ),
    Setting(
        "CARELINE_MODEL_FIRST_TOKEN_SECONDS",
        "model_first_token_seconds",
        readers.seconds,
        "`4`",
        "Seconds the model has for the first word of an answer, retries included",
    ),
    Setting(
        "CARELINE_MODEL_TOKEN_SECONDS",
        "model_token_seconds",
        readers.seconds,
        "`10`",
        "Seconds of silence within an answer after which it is given up",
    ),
    Setting(
        "CARELINE_MODEL_UNDERSTANDING_SECONDS",
        "model_understanding_seconds",
        readers.seconds,
        "`2.5`",
        "Seconds the model has to propose what a message means that was not understood; 4/5 of them for the first word",
    ),
    Setting(
        "CARELINE_MODEL_REPHRASING_SECONDS",
        "model_rephrasing_seconds",
        readers.seconds,
        "`1.5`",
        "Seconds the model has to put a reply into other words, where the pack lets it; 4/5 of them for the first word",
    ),
    Setting("CARELINE_MODEL_VISION", "model_vision", readers.flag, "`false`", "Whether the model sees images"),
    Setting(
        "CARELINE_ATTACHMENT_HOSTS",
        "attachment_hosts",
        addresses.hosts,
        "none: files are fetched by https from public addresses alone",
        "Your own hosts that visitors' files may be fetched from, also in your own network and by http, separated by "
        "commas: `files.internal` or `files.internal:9000`",
    ),
)
NOT_SETTINGS = frozenset({"CARELINE_REQUIRE_BROWSER"})
"""Names beginning with CARELINE_ that something else reads (the tests)."""


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
    return [*lines, *_model_warnings(fields)]


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
