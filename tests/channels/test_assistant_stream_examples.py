"""The examples that ship with the server, run as their readers run them."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from careline.auth.secret import load_secret
from careline.auth.tokens import Signer
from careline.engine.clock import SystemClock
from tests.server_process import ServerProcess, clean_environment

EXAMPLES = Path(__file__).parents[2] / "examples"


def client(
    server: ServerProcess, *arguments: str, said: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(EXAMPLES / "websocket_client.py"), "--server", server.url.replace("http", "ws")]
    return subprocess.run(
        [*command, *arguments],
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(**environment),
    )


def test_one_question(server: ServerProcess) -> None:
    done = client(server, "I have a headache and fever", "--profile", '{"age": 30}')
    assert (done.returncode, done.stdout.strip() != "") == (0, True), done.stderr
    assert "[checking_emergency]" in done.stderr


def test_an_emergency_comes_first(server: ServerProcess) -> None:
    done = client(server, "I have chest pain and can't breathe")
    assert done.stdout.strip().startswith("*** EMERGENCY: call "), done


def test_a_talk(server: ServerProcess) -> None:
    done = client(server, "--no-agents", said="Hello\nI have a sore throat\n\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Assistant: ") == 2


def test_as_a_user(server: ServerProcess) -> None:
    signer = Signer(load_secret(None, server.folder / "data"))
    token = signer.token("ann", SystemClock().now(), timedelta(minutes=5))
    assert client(server, "--user", "ann", "Hello", CARELINE_TOKEN=token).returncode == 0
    refused = client(server, "--user", "ben", "Hello", CARELINE_TOKEN=token)
    assert refused.returncode == 1
    assert "Refused: A valid token" in refused.stderr


def test_what_is_refused_is_said(server: ServerProcess) -> None:
    done = client(server, "--profile", '{"age": -4}', "Hello")
    assert done.returncode == 1
    assert "patient_profile.age" in done.stderr


@pytest.mark.parametrize("name", ["websocket_client.html", "ChatBot.jsx", "websocket_client.py"])
def test_people_read_that_it_is_an_assistant_and_no_doctor(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    assert "AI program, not a doctor" in text
    assert "AI Doctor" not in text


def test_compose_waits_for_what_it_needs() -> None:
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
    assert set(services) == {"backend", "database", "nginx"}
    assert services["backend"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert (EXAMPLES.parent / services["backend"]["build"]["dockerfile"]).is_file()
