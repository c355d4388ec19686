"""The operator's commands, on the data of a real conversation."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.acceptance.visitors import Visitor, Wish, book
from tests.cli.careline_command import careline, objects
from tests.server_process import ServerProcess, clean_environment


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that has seen a booking by `booker` and a request for a person by `waiter`."""
    folder = tmp_path_factory.mktemp("clinic")

    async def talk(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
            await book(Visitor(http, "booker"), Wish(7), streaming=False)
            waiter = Visitor(http, "waiter")
            await waiter.post("Hello")
            await waiter.post("I want to talk to a real person please")

    with ServerProcess(folder) as server:
        asyncio.run(talk(server.url))
    return folder


def test_bookings_as_json(clinic: Path) -> None:
    (booking,) = objects(clinic, "bookings", "list")
    wish = Wish(7)
    assert (booking["address"], booking["name"], booking["status"]) == ("chat_booker", wish.name, "confirmed")
    assert (booking["time_zone"], booking["language"]) == ("Europe/London", "en")
    assert booking["procedure"] == "hair_transplant"
    assert str(booking["start"]).endswith("Z")


def test_bookings_to_read(clinic: Path) -> None:
    ended = careline(clinic, "bookings", "list")
    head, row = ended.stdout.splitlines()
    assert head.startswith("START")
    assert Wish(7).name in row


def test_conversations_and_who_waits(clinic: Path) -> None:
    everybody = objects(clinic, "conversations", "list")
    assert [one["address"] for one in everybody] == ["chat_waiter", "chat_booker"]
    (waiting,) = objects(clinic, "conversations", "list", "--waiting")
    assert (waiting["address"], waiting["waiting"]) == ("chat_waiter", True)
    assert waiting["waiting_reason"]


def test_one_conversation_with_all_that_was_said(clinic: Path) -> None:
    (waiting,) = objects(clinic, "conversations", "list", "--waiting")
    said = objects(clinic, "conversations", "show", str(waiting["id"]))
    assert [one["direction"] for one in said] == ["incoming", "outgoing"] * 2
    assert said[0]["body"] == "Hello"


@pytest.mark.parametrize("unknown", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_an_unknown_conversation_is_one_line(clinic: Path, unknown: str) -> None:
    ended = careline(clinic, "conversations", "show", unknown)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "no such conversation" in ended.stderr


def test_sessions_end_by_their_time_to_live(clinic: Path, tmp_path: Path) -> None:
    shutil.copytree(clinic / "data", tmp_path / "data")
    assert careline(tmp_path, "sessions", "cleanup").stdout == "Cleaned up 0 expired sessions\n"
    assert careline(tmp_path, "sessions", "ttl", "booker", "1").returncode == 0
    assert careline(tmp_path, "sessions", "ttl", "nobody", "1").returncode == 1
    assert careline(tmp_path, "sessions", "ttl", "booker", "0").returncode == 2
    conversation = next(one for one in objects(tmp_path, "conversations", "list") if one["address"] == "chat_booker")
    assert conversation["ended_at"] is None
    while careline(tmp_path, "sessions", "cleanup").stdout == "Cleaned up 0 expired sessions\n":
        pass  # the second has not passed yet
    ended = next(one for one in objects(tmp_path, "conversations", "list") if one["address"] == "chat_booker")
    assert ended["ended_at"] is not None


def test_a_fresh_folder_lists_nothing(tmp_path: Path) -> None:
    assert objects(tmp_path, "bookings", "list") == []
    assert objects(tmp_path, "conversations", "list") == []
    assert careline(tmp_path, "db", "upgrade").stdout == "The database is up to date.\n"


def test_a_database_that_is_away_is_one_line(tmp_path: Path) -> None:
    ended = careline(tmp_path, "bookings", "list", DATABASE_URL="postgresql://nobody:hunter2@127.0.0.1:1/none")
    assert ended.returncode == 1
    assert ended.stderr == "careline: The database cannot be reached right now.\n"


def test_a_reader_that_leaves_is_no_error(clinic: Path) -> None:
    command = f"{sys.executable} -m careline.cli conversations list --json | true"
    ended = subprocess.run(
        ["bash", "-c", command], cwd=clinic, env=clean_environment(), capture_output=True, text=True, timeout=60
    )
    assert ended.stderr == ""


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    async def talk(url: str) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
            await Visitor(http, "rude").post("Hello \x1b[2J there")

    with ServerProcess(tmp_path) as server:
        asyncio.run(talk(server.url))
    (conversation,) = objects(tmp_path, "conversations", "list")
    shown = careline(tmp_path, "conversations", "show", str(conversation["id"])).stdout
    assert "\x1b" not in shown
    assert "there" in shown
