"""`careline chat`: with a server, without one, one message or a conversation."""

import subprocess
import sys
from pathlib import Path

import pytest

from careline.chat_client import ChatClient, Frame, Refused, _beyond
from careline.cli_chat import _print_frame
from careline.domain.conversation import Choice
from tests.cli.careline_command import careline
from tests.server_process import ServerProcess, clean_environment


def test_one_message_to_a_running_server(server: ServerProcess, tmp_path: Path) -> None:
    ended = careline(tmp_path, "chat", "--url", server.url, "--device", "chat-1", "Hello, I want an appointment")
    assert ended.returncode == 0
    assert "Anna" in ended.stdout
    assert "personal information" in ended.stdout
    assert not (tmp_path / "data").exists()


def test_a_device_goes_on_where_it_was(server: ServerProcess, tmp_path: Path) -> None:
    careline(tmp_path, "chat", "--url", server.url, "--device", "chat-2", "Hello, I want to schedule an appointment")
    ended = careline(tmp_path, "chat", "--url", server.url, "--device", "chat-2", "yes")
    assert "your name" in ended.stdout


def test_a_conversation_line_by_line_with_numbered_choices(server: ServerProcess, tmp_path: Path) -> None:
    said = "Hello, I want to schedule an appointment\n1\nMy name is John Doe\n"
    ended = careline(tmp_path, "chat", "--url", server.url, said=said)
    assert ended.returncode == 0
    assert "1) Yes" in ended.stdout
    assert "John" in ended.stdout.rpartition("1) Yes")[2]
    assert "--device terminal-" in ended.stderr


def test_a_named_server_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    ended = careline(tmp_path, "chat", "--url", "http://127.0.0.1:1", "Hello")
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["Error: No Careline server answers at http://127.0.0.1:1."]


def test_an_address_that_is_none_is_one_line(tmp_path: Path) -> None:
    ended = careline(tmp_path, "chat", "--url", "http://[::1", "Hello")
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["careline: --url is no address: it looks like http://127.0.0.1:8000."]


def test_what_a_model_says_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _print_frame(Frame("\x1b[2JYes\x07\u202e, ağrı:\nno\r", is_final=True, choices=(Choice("\x1b]0;a\x07", "a"),)))
    assert capsys.readouterr().out == " [2JYes  , ağrı:\nno \n  1)  ]0;a \n"


def test_without_a_server_it_answers_in_this_process(tmp_path: Path) -> None:
    """Whatever may run on port 8000 of this machine, a process that finds no server at its default serves itself."""
    script = (
        "import careline.cli_chat as c; c.DEFAULT_URL = 'http://127.0.0.1:1'; from careline.cli import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "chat", "Hello, I want to schedule an appointment"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Anna" in ended.stdout
    assert (tmp_path / "data" / "careline.db").exists()


def test_an_impossible_device_is_refused(tmp_path: Path) -> None:
    assert careline(tmp_path, "chat", "--device", "two words", "Hello").returncode == 2


def test_a_refused_message_says_why(server: ServerProcess) -> None:
    with ChatClient(server.url, "chat-3") as client, pytest.raises(Refused) as error:
        list(client.say("x" * 5_000))
    assert "content" in str(error.value)


@pytest.mark.parametrize(
    ("came", "shown", "content", "restarted"),
    [
        ("Hello", "", "Hello", False),
        ("Hello", "He", "llo", False),
        ("He", "Hello", "", False),
        ("Good day", "Hello", "Good day", True),
    ],
)
def test_after_a_lost_connection_only_what_is_new_is_shown(
    came: str, shown: str, content: str, restarted: bool
) -> None:
    assert _beyond(came, shown, Frame("any")) == Frame(content, restarted=restarted)
