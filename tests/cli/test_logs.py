"""What reaches the log, and what must not."""

import io
import logging
from collections.abc import Iterator

import msgspec
import pytest

from careline import logs
from careline.domain.errors import StoreUnavailable

SECRET = "My name is John Doe"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    loggers = [logging.getLogger(name) for name in (None, "careline", "uvicorn", "uvicorn.error", "uvicorn.access")]
    kept = [(each, each.level, each.handlers, each.propagate) for each in loggers]
    stream = io.StringIO()
    logs.configure(debug=False, stream=stream)
    yield stream
    for each, level, handlers, propagate in kept:
        each.level, each.handlers, each.propagate = level, handlers, propagate
        each.manager._clear_cache()  # type: ignore[attr-defined]


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [msgspec.json.decode(line) for line in out.getvalue().splitlines()]


def test_one_object_a_line_with_its_fields(out: io.StringIO) -> None:
    logging.getLogger("careline.engine").info("Session locked", extra={"agent": "consultation", "turns": 3})
    (line,) = lines(out)
    assert line["event"] == "Session locked"
    assert (line["level"], line["logger"], line["agent"], line["turns"]) == (
        "info",
        "careline.engine",
        "consultation",
        3,
    )
    assert str(line["time"]).endswith("Z")


def test_fields_that_hold_personal_data_are_withheld(out: io.StringIO) -> None:
    extra = {"body": SECRET, "phone_number": SECRET, "Content": SECRET, "slots": {"name": SECRET}, "shape": [SECRET]}
    logging.getLogger("careline.channels").warning("Message received", extra=extra)
    assert SECRET not in out.getvalue()
    (line,) = lines(out)
    assert (line["body"], line["shape"]) == ("[withheld]", "<list>")


def test_a_field_does_not_replace_what_every_line_has(out: io.StringIO) -> None:
    logging.getLogger("careline.engine").warning("Late", extra={"level": "high", "event": "no", "turns": 1})
    (line,) = lines(out)
    assert (line["level"], line["event"], line["turns"]) == ("warning", "Late", 1)


def test_an_error_is_logged_by_type_and_place_only(out: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(SECRET)

    try:
        try:
            fail()
        except ValueError as error:
            raise ExceptionGroup(SECRET, [error, KeyError(SECRET)]) from error
    except ExceptionGroup:
        logging.getLogger("careline.engine").exception("Turn failed")
    assert SECRET not in out.getvalue()
    (line,) = lines(out)
    described = str(line["error"])
    assert described.startswith("ExceptionGroup")
    assert "KeyError" in described
    assert "ValueError at" in described
    assert "in fail" in described


def test_our_own_errors_say_their_words(out: io.StringIO) -> None:
    logging.getLogger("careline.engine").error("Storing failed", exc_info=StoreUnavailable())
    assert "cannot be reached" in str(lines(out)[0]["error"])


def test_the_first_line_is_all_a_library_gets(out: io.StringIO) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task exception=%r>", SECRET)
    assert SECRET not in out.getvalue()
    assert lines(out)[0]["event"] == "Task exception was never retrieved"


def test_a_request_is_logged_without_query_secrets_or_address(out: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    path = "/bookings/q7Zr0aVbX2kLm9PqTt55.ics?name=John"
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "10.1.2.3:5", "GET", path, "1.1", 200)
    (line,) = lines(out)
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "GET", "/bookings/...", 200)
    assert "10.1.2.3" not in out.getvalue()
    assert "John" not in out.getvalue()


def test_debug_says_more_of_our_own_only(out: io.StringIO) -> None:
    logging.getLogger("careline.engine").debug("one")
    logs.configure(debug=True, stream=out)
    logging.getLogger("careline.engine").debug("two")
    logging.getLogger("sqlalchemy.engine").info("INSERT %s", SECRET)
    assert [line["event"] for line in lines(out)] == ["two"]


def test_a_readable_line_for_a_terminal() -> None:
    record = logging.makeLogRecord({"name": "careline", "levelname": "INFO", "msg": "Session expired", "agent": "anna"})
    assert logs.Readable().format(record).endswith("info    Session expired agent=anna")
