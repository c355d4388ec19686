"""How the settings that are addresses are read: each function returns the value, or raises ValueError with what is
expected, without repeating what was given."""

import ipaddress
import re
from urllib.parse import urlsplit

import msgspec

DATABASES = ("sqlite", "postgresql", "postgres", "postgresql+asyncpg")
_PRIVATE_NAMES = frozenset({"localhost", "local", "internal", "lan"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _address(text: str, schemes: tuple[str, ...], example: str) -> str:
    expected = ValueError(f"must look like {example}")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise expected from None
    if parts.scheme not in schemes or not parts.hostname:
        raise expected
    return text


def public_url(text: str) -> str:
    return _address(text, ("http", "https"), "https://chat.example.org").rstrip("/")


def smtp_url(text: str) -> str:
    return _address(text, ("smtp", "smtps"), "smtp://user:password@host:587 or smtps://user:password@host:465")


def database_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in DATABASES:
        raise ValueError("must start with sqlite:/// or postgresql://")
    if scheme == "sqlite" and (not rest.startswith("/") or rest in {"/", "/:memory:"}):
        raise ValueError("must name a file, as in sqlite:///data/careline.db")
    try:
        urlsplit(text).port  # noqa: B018 - reading it checks it
    except ValueError:
        raise ValueError("must look like postgresql://user:password@host:5432/database") from None
    return text


def _origin(text: str) -> str:
    parts = urlsplit(_address(text, ("http", "https"), "https://www.example.org"))
    if parts.path.rstrip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("must be origins only, as in https://www.example.org, without a path")
    return text.rstrip("/")


def origins(text: str) -> tuple[str, ...]:
    """Separated by commas or spaces, or as a JSON array, which other servers' `.env` files use."""
    if text.startswith("["):
        try:
            names = msgspec.json.decode(text, type=list[str])
        except msgspec.DecodeError:
            raise ValueError("must be origins separated by commas") from None
    else:
        names = text.replace(",", " ").split()
    return ("*",) if "*" in names else tuple(_origin(name) for name in names)


def hosts(text: str) -> tuple[str, ...]:
    """Host names or numbers, each with a port or without, separated by commas or spaces."""
    names = text.replace(",", " ").lower().split()
    if not all(re.fullmatch(r"([a-z0-9_.-]+|\[[0-9a-f:]+\])(:\d{1,5})?", name) for name in names):
        raise ValueError("must be hosts, as in files.internal:9000, without https:// and without a path")
    return tuple(names)


def mail_from(text: str) -> str:
    if not re.fullmatch(r"[^\r\n]*[^@\s]+@[^@\s]+", text):
        raise ValueError("must be a mail address")
    return text


def mail_to(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError("must be one mail address, as in duty@clinic.example")
    return text


def webhook_url(text: str) -> str:
    """https, or http to this machine itself."""
    parts = urlsplit(_address(text, ("https", "http"), "https://hooks.example.org/path"))
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must be an https:// address")
    return text


def model_url(text: str) -> str:
    """https, or http to a private network; without a trailing slash. A key belongs into its own variable."""
    parts = urlsplit(_address(text, ("https", "http"), "https://api.openai.com/v1"))
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("must be an address alone, without a user, a key or a query")
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise ValueError("must end before /chat/completions")
    if parts.scheme == "http" and not is_private(text):
        raise ValueError("must be an https:// address outside of your own network")
    return text.rstrip("/")


def host(address: str) -> str:
    return urlsplit(address).hostname or ""


def is_this_machine(address: str) -> bool:
    name = host(address)
    number = _number(name)
    return number.is_loopback if number else name == "localhost" or name.endswith(".localhost")


def is_private(address: str) -> bool:
    """Whether what is sent there stays with the operator: this machine, a private network's numbers, a name without
    a dot (a container), or one under a top-level name that is never on the internet."""
    name = host(address)
    number = _number(name)
    if number:
        return number.is_loopback or (number.is_private and not number.is_unspecified)
    return "." not in name or name.rpartition(".")[2] in _PRIVATE_NAMES or name.endswith(".home.arpa")


def _number(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
