"""The log: one JSON object a line on standard error, or a readable line on a terminal.

What a person said or is called does not belong in a log. So an exception is logged by type and place, never by its
text (except our own errors, whose texts carry no personal data); only plain values are taken from `extra`, and
fields whose names say that they hold personal data are withheld; of a library's message only the first line is kept;
of a request only method, path without secrets, and status.
"""

import logging
import re
import sys
import time
from types import TracebackType
from typing import Any, TextIO

import msgspec

from careline.domain.errors import CarelineError

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
PERSONAL = re.compile(
    r"(.*_)?(address|answer|body|contact|content|e?mail|headers|input|name|payload|password|patient|phone|profile|"
    r"query|reply|said|secret|slots|text|token|url|user|visitor)(_.*)?|device.*"
)
_OWN = frozenset({"time", "level", "logger", "event"})
LONGEST_VALUE = 200
SECRET_SEGMENT = re.compile(r"/[^/]{16,}")


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `event`, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        return msgspec.json.encode(described(record)).decode()


class Readable(logging.Formatter):
    """The same for a person: time, level, event, fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = described(record)
        clock, level, _, event = (fields.pop(key) for key in ("time", "level", "logger", "event"))
        rest = " ".join(f"{key}={value}" for key, value in fields.items())
        return f"{clock[11:19]} {level:<7} {event} {rest}".rstrip()


def described(record: logging.LogRecord) -> dict[str, Any]:
    """What may be told of a record, as plain JSON values."""
    fields: dict[str, Any] = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _event(record),
    }
    if record.name == "uvicorn.access":
        fields |= _request(record)
    for key, value in vars(record).items():
        if key not in STANDARD and key not in _OWN:
            fields[key] = "[withheld]" if _is_personal(key.lower()) else _plain(value)
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = error_description(record.exc_info[1])
    return fields


def error_description(error: BaseException) -> str:
    """Type, place and causes of an error, with the text only of our own: `KeyError at engine/turn.py:41 in run`."""
    parts = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        parts.append(_one_error(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return " from ".join(parts)


def configure(*, debug: bool, quiet: bool = False, stream: TextIO | None = None) -> None:
    """Sends all logs of the process to `stream` (standard error).

    `debug` says more, of our own code only; `quiet` says only errors, for commands that people read.
    """
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(Readable() if out.isatty() else JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.ERROR if quiet else logging.WARNING)
    usual = logging.ERROR if quiet else logging.INFO
    logging.getLogger("careline").setLevel(logging.DEBUG if debug else usual)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(logging.INFO if debug else logging.WARNING)


def adopt(*, debug: bool) -> None:
    """For a server that something else has started: our own records only, and none where logging is set up already."""
    ours = logging.getLogger("careline")
    if logging.getLogger().handlers or ours.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Readable() if sys.stderr.isatty() else JsonLines())
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG if debug else logging.INFO)


def _is_personal(key: str) -> bool:
    return bool(PERSONAL.fullmatch(key)) and (not key.endswith(("_id", "_hash")) or key == "device_id")


def _event(record: logging.LogRecord) -> str:
    if record.name == "uvicorn.access":
        return "request"
    return record.getMessage().partition("\n")[0][: LONGEST_VALUE * 2]


def _request(record: logging.LogRecord) -> dict[str, Any]:
    """uvicorn logs (client, method, path with query, version, status); the client's address stays out."""
    if not isinstance(record.args, tuple) or len(record.args) != 5:
        return {}
    _, method, path, _, status = record.args
    shown = SECRET_SEGMENT.sub("/...", str(path).partition("?")[0])
    return {"method": _plain(method), "path": shown, "status": _plain(status)}


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "..."
    return f"<{type(value).__name__}>"


def _one_error(error: BaseException) -> str:
    text = f": {error}" if isinstance(error, CarelineError) and str(error) else ""
    inner = [_one_error(each) for each in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
    group = f" of [{', '.join(inner)}]" if inner else ""
    return f"{type(error).__name__}{text}{_place(error.__traceback__)}{group}"


def _place(trace: TracebackType | None) -> str:
    """Where it was raised, and the innermost place of our own when that is another."""
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append((code.co_filename.replace("\\", "/"), trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    if not places:
        return ""
    ours = [place for place in places if "/careline/" in place[0]]
    shown = [ours[-1]] if ours and ours[-1] != places[-1] else []
    return " at " + ", ".join(f"{_short(path)}:{line} in {name}" for path, line, name in [*shown, places[-1]])


def _short(path: str) -> str:
    return path.rpartition("/careline/")[2] if "/careline/" in path else "/".join(path.split("/")[-2:])
