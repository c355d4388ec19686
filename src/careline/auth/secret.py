"""The server's secret, from which tokens and session ids are signed: configured, or made once and kept."""

import os
import secrets
from pathlib import Path

from careline.domain.errors import SettingsInvalid

SECRET_BYTES = 32
FILE_NAME = "secret"


def load_secret(configured: str | None, data_dir: Path) -> bytes:
    """The configured secret, else the one in the data directory, made at the first call, its owner's alone.

    Processes that share the data directory share it. Raises SettingsInvalid when the file cannot be used.
    """
    if configured:
        return configured.encode()
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _read(path) if path.exists() else _made(path)
    except OSError as error:
        raise SettingsInvalid(f"The secret in the data directory cannot be used: {error.strerror}.") from None


def _read(path: Path) -> bytes:
    secret = path.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise SettingsInvalid("The secret in the data directory is cut short: delete the file to make a new one.")
    return secret


def _made(path: Path) -> bytes:
    """Written aside and linked into place, so that of two processes that start at once both use the same one."""
    fresh = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        fresh.unlink()
    return _read(path)
