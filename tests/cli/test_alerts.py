"""`careline alerts`, on a server that has had an emergency, with a real webhook listening."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.visitors import Visitor
from tests.cli.careline_command import careline
from tests.outbox.test_webhook import Listener
from tests.server_process import ServerProcess


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Listener]]:
    """The folder of a server to which two people wrote of chest pain, and who was told at once."""
    folder = tmp_path_factory.mktemp("ward")
    listener = Listener()

    async def talk(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
            for device in ("first", "second"):
                await Visitor(http, device).post("I have severe chest pain and I cannot breathe")
            await asyncio.to_thread(listener.wait, 2)

    with ServerProcess(folder, CARELINE_ALERT_WEBHOOK=listener.url, NO_PROXY="127.0.0.1") as server:
        asyncio.run(asyncio.wait_for(talk(server.url), 30))
    yield folder, listener
    listener.close()


def listed(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    ended = careline(folder, "alerts", *arguments, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_an_emergency_is_listed_and_was_told_before_anybody_looked(ward: tuple[Path, Listener]) -> None:
    folder, listener = ward
    alerts = listed(folder)
    assert listed(folder, "list") == alerts
    assert {alert["id"] for alert in alerts} == {body["id"] for _, body in listener.seen}
    assert len({alert["conversation_id"] for alert in alerts}) == 2
    for alert in alerts:
        assert alert["level"] in {"emergency", "emergency_ambulance"}
        assert (alert["raised"], alert["acknowledged_at"], alert["acknowledged_by"]) == (1, None, None)
        assert "chest" not in json.dumps(alert)
        shown = careline(folder, "conversations", "show", alert["conversation_id"])
        assert "chest pain" in shown.stdout


def test_to_read(ward: tuple[Path, Listener]) -> None:
    ended = careline(ward[0], "alerts")
    head, *rows = ended.stdout.splitlines()
    assert head.split()[:3] == ["ID", "RAISED", "AT"]
    assert len(rows) == 2


def test_acknowledging_takes_it_off_the_open_ones(ward: tuple[Path, Listener]) -> None:
    folder, _ = ward
    newest, oldest = listed(folder)
    done = careline(folder, "alerts", "ack", oldest["id"], "--by", "Ada Example")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Acknowledged by Ada Example at 20")
    assert [alert["id"] for alert in listed(folder, "--open")] == [newest["id"]]
    assert [alert["id"] for alert in listed(folder, "list", "--open")] == [newest["id"]]
    again = careline(folder, "alerts", "ack", oldest["id"], "--by", "Bea")
    assert again.stdout == done.stdout
    assert next(alert for alert in listed(folder) if alert["id"] == oldest["id"])["acknowledged_by"] == "Ada Example"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("ack", "nonsense", "--by", "Ada"), 1, "no such alert"),
        (("ack", "00000000-0000-7000-8000-000000000000", "--by", "Ada"), 1, "no such alert"),
        (("ack", "nonsense"), 2, "--by"),
        (("ack",), 2, "ALERT"),
    ],
)
def test_what_cannot_be_acknowledged(tmp_path: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    ended = careline(tmp_path, "alerts", *arguments)
    assert ended.returncode == code
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARELINE_ALERT_WEBHOOK", "http://hooks.example.org/hunter2"),
        ("CARELINE_ALERT_WEBHOOK", "hooks.example.org/hunter2"),
        ("CARELINE_ALERT_MAIL", "nobody"),
        ("CARELINE_ALERT_MAIL", "a@b.example, c@d.example"),
        ("CARELINE_ALERT_MINUTES", "0"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    ended = careline(tmp_path, "alerts", **{name: value})
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"careline: {name} must ")
    assert ended.stderr.count("\n") == 1
    assert "hunter2" not in ended.stderr


def test_a_fresh_folder_has_none(tmp_path: Path) -> None:
    assert listed(tmp_path) == []
