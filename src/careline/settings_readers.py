"""How the settings are read that are no addresses: each function returns the value, or raises ValueError with what is
expected, without repeating what was given."""

import re
from collections.abc import Callable
from pathlib import Path

DEVICE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def flag(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be true or false")


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text, re.ASCII) or not 0.05 <= float(text) <= 3600:
        raise ValueError("must be a number of seconds from 0.05 to 3600")
    return float(text)


def seconds_up_to(most: int) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = seconds(text)
        if value > most:
            raise ValueError(f"must be at most {most} seconds")
        return value

    return read


def folder(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError("must be a folder")
    return path


def existing_folder(text: str) -> Path:
    path = folder(text)
    if not path.is_dir():
        raise ValueError("must be a folder that exists")
    return path


def speech_model(text: str) -> Path:
    path = existing_folder(text)
    if not all((path / name).is_file() for name in ("model.bin", "config.json", "tokenizer.json")):
        raise ValueError("must be a folder with a converted model: model.bin, config.json and tokenizer.json")
    return path


def pack(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text, re.ASCII):
        raise ValueError("must be the name of a pack: letters, digits, - and _")
    return text


def device(text: str) -> str:
    if not DEVICE_ID.fullmatch(text):
        raise ValueError("must be 1 to 128 of the characters A-Z a-z 0-9 . _ : -")
    return text


def secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("must have at least 32 characters")
    return text


def key(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,512}", text):
        raise ValueError("must be one key: up to 512 letters, digits and signs without a space")
    return text


def model_name(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,200}", text):
        raise ValueError("must be the name of a model as its server calls it, without a space")
    return text
