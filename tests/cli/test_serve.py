"""`careline serve`: says where it is, stops when told to, and says in one line why it cannot start."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.careline_command import careline
from tests.server_process import ServerProcess, clean_environment


def one_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


def test_it_is_healthy_where_it_says_it_is_and_stops_in_order(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        answer = httpx.get(f"{server.url}/health", trust_env=False)
        assert answer.json()["status"] == "healthy"
        assert server.stop() == 0
    assert (tmp_path / "data" / "careline.db").is_file()


def test_interrupting_it_is_no_error(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) in (0, -signal.SIGINT)
        assert "Traceback" not in server.log_text()


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux tells the limits of another process")
def test_it_may_open_as_many_files_as_the_system_lets_it(tmp_path: Path) -> None:
    own = psutil.Process()
    few, most = own.rlimit(psutil.RLIMIT_NOFILE)
    own.rlimit(psutil.RLIMIT_NOFILE, (min(few, 512), most))
    try:
        with ServerProcess(tmp_path) as server:
            assert psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_NOFILE) == (most, most)
    finally:
        own.rlimit(psutil.RLIMIT_NOFILE, (few, most))


def test_links_point_to_the_port_it_got(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        assert str(server.port) in server.url
        assert server.url.startswith("http://127.0.0.1:")


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = careline(tmp_path, "serve", "--port", port)
    assert ended.returncode == 1
    assert port in one_line(ended.stderr)
    assert "--port" in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("CARELINE_SESSION_TTL", "soon", 2),
        ("DATABASE_URL", "mysql://root:hunter2@host/db", 2),
        ("CARELINE_PACK", "no_such_pack", 1),
    ],
)
def test_a_wrong_setting_is_one_clear_line(tmp_path: Path, name: str, value: str, code: int) -> None:
    ended = careline(tmp_path, "serve", "--port", "0", **{name: value})
    assert ended.returncode == code
    assert one_line(ended.stderr).startswith("careline: ")
    assert value in ended.stderr or "hunter2" not in ended.stderr
    assert ended.stdout == ""


def test_a_second_server_on_the_same_file_is_refused(tmp_path: Path) -> None:
    with ServerProcess(tmp_path):
        ended = careline(tmp_path, "serve", "--port", "0", CARELINE_DATA_DIR=str(tmp_path / "data"))
    assert ended.returncode == 2
    assert "Another Careline server" in one_line(ended.stderr)


def test_a_misspelt_setting_is_warned_about(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, CARELINE_SESION_TTL="5") as server:
        pass
    warnings = [json.loads(line) for line in server.log_text().splitlines() if '"warning"' in line]
    assert any("CARELINE_SESSION_TTL?" in line["event"] for line in warnings)


def test_plain_uvicorn_serves_it_too(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "careline.app:app", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        assert any("Uvicorn running" in line for line in process.stderr)
        assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_importing_it_is_quick() -> None:
    """The aim is 0.6 s on a quiet machine; a busy one gets some room, a heavy import by mistake does not."""
    script = "import time; t = time.process_time(); import careline.app; print(time.process_time() - t)"
    taken = min(
        float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout)
        for _ in range(3)
    )
    assert taken < 0.6
