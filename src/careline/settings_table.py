"""Every variable: the field of the settings it fills, how it is read, its default and its meaning for the operator."""

from collections.abc import Callable
from typing import Any

import msgspec

from careline import settings_addresses as addresses
from careline import settings_readers as readers

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8000"
DEFAULT_MODEL = "gpt-4.1-mini"
DEFAULT_MODEL_URL = "https://api.openai.com/v1"
DEFAULT_TRANSCRIPTION_MODEL = "whisper-1"
LONGEST_SESSION = 31_536_000


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
        "A folder of your own packs, one folder each, looked at first; code of a pack runs only from here",
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
        "The mail server: `smtp://user:password@host:587` (by STARTTLS, except to this machine) or `smtps://user:password@host:465`",
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
        "CARELINE_MODEL_ANSWER_SECONDS",
        "model_answer_seconds",
        readers.seconds_up_to(100),
        "`30`",
        "Seconds for a whole answer in free conversation, what it looks up included; then it is cut off. At most 100",
    ),
    Setting(
        "CARELINE_MODEL_ANSWER_TOKENS",
        "model_answer_tokens",
        readers.whole(50, 32_000),
        "`700`",
        "The most tokens of an answer in free conversation",
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
        "CARELINE_VOICE",
        "voice",
        readers.flag,
        "`true`",
        "Whether recordings are listened to, by the folder or the server below",
    ),
    Setting(
        "CARELINE_SPEECH_MODEL",
        "speech_model",
        readers.speech_model,
        "none",
        "A folder with a Whisper model for faster-whisper: recordings are listened to here, with the extra "
        "`careline[speech]`, and sent to nobody",
    ),
    Setting(
        "CARELINE_TRANSCRIPTION_BASE_URL",
        "transcription_base_url",
        addresses.model_url,
        "that of the language model",
        "The OpenAI-compatible server that transcribes recordings, up to and with its `/v1`",
        secret=True,
    ),
    Setting(
        "CARELINE_TRANSCRIPTION_MODEL",
        "transcription_model",
        readers.model_name,
        f"`{DEFAULT_TRANSCRIPTION_MODEL}`",
        "The speech model, as that server calls it",
    ),
    Setting(
        "CARELINE_ATTACHMENT_HOSTS",
        "attachment_hosts",
        addresses.hosts,
        "none: files are fetched by https from public addresses alone",
        "Your own hosts that visitors' files may be fetched from, also in your own network and by http, separated by "
        "commas: `files.internal` (at its usual port alone) or `files.internal:9000`",
    ),
)
NOT_SETTINGS = frozenset({"CARELINE_REQUIRE_BROWSER"})
"""Names beginning with CARELINE_ that something else reads (the tests)."""
