"""A server that is told to stop tells its clients first, also one that is not our own command."""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from careline.goodbye import Goodbye
from tests.channels.stream_client import refused, stream_client
from tests.server_process import clean_environment

Run = Callable[..., Any]


@contextmanager
def plain_uvicorn(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`uvicorn careline.app:app` with nothing but a port: its address and its process."""
    command = [sys.executable, "-m", "uvicorn", "careline.app:app", "--port", "0"]
    environment = clean_environment(CARELINE_DATA_DIR=str(folder / "data"))
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = next(found for line in process.stderr if (found := re.search(r"running on (http://[\d.:]+)", line)))
            yield found[1], process
        finally:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_plain_uvicorn_tells_its_clients_that_it_stops(tmp_path: Path, run: Run, number: int) -> None:
    async def talk(url: str, process: subprocess.Popen[str]) -> None:
        async with stream_client(url) as client:
            process.send_signal(number)
            refused(await client.next(), "server_restarting")
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        await asyncio.to_thread(process.communicate, timeout=20)

    with plain_uvicorn(tmp_path) as (url, process):
        run(talk(url, process))


def test_a_second_signal_does_not_wait_for_the_farewell() -> None:
    told: list[int] = []

    async def main() -> None:
        said = asyncio.Event()

        async def farewell() -> None:
            said.set()
            await asyncio.Event().wait()

        goodbye = Goodbye(farewell)
        goodbye.begin()
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(said.wait(), 5)
        assert told == []
        signal.raise_signal(signal.SIGTERM)
        assert told == [signal.SIGTERM]
        goodbye.end()

    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    try:
        asyncio.run(main())
        signal.raise_signal(signal.SIGTERM)
        assert told[1:] == [signal.SIGTERM, signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_where_no_server_handles_signals_they_are_left_alone() -> None:
    async def main() -> None:
        async def farewell() -> None:
            raise AssertionError

        before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
        goodbye = Goodbye(farewell)
        goodbye.begin()
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
        goodbye.end()

    asyncio.run(main())
