"""How long a thousand people on the assistant stream wait for the emergency frame, and the others for their answer."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import msgspec

from bench.servers import Server
from bench.tables import figure

CONNECTIONS, ONE_IN = 1000, 5
ARRIVALS = {10.0: "over 10 s", 0.0: "in one instant"}

Start = Callable[[], AbstractContextManager[Server]]


class Run(msgspec.Struct, frozen=True):
    """What the load generator printed: seconds to the emergency frame and to the first token, failed connections."""

    emergency: list[float]
    calm: list[float]
    failed: int


def run(start: Start, seconds: float, connections: int = CONNECTIONS, one_in: int = ONE_IN) -> Run:
    """On a fresh server, after a few questions that load what is loaded at first use."""
    with start() as server:
        _ask(server, 24, 0.5, 2)
        return _ask(server, connections, seconds, one_in)


def _ask(server: Server, connections: int, seconds: float, one_in: int) -> Run:
    command = [sys.executable, "-m", "bench.stream_load", "127.0.0.1", str(server.port)]
    asked = [*command, str(connections), str(seconds), str(one_in)]
    return msgspec.convert(json.loads(subprocess.run(asked, capture_output=True, check=True).stdout), Run)


def rows(name: str, start: Start, runs: int) -> Iterator[list[str]]:
    """For each way to arrive: the percentiles of each run, as medians over the runs."""
    for seconds, arrival in ARRIVALS.items():
        done = [run(start, seconds) for _ in range(runs)]
        yield [
            name,
            arrival,
            *(figure([percentile(one.emergency, at) for one in done], " ms", 1) for at in (0.5, 0.99)),
            *(figure([percentile(one.calm, at) for one in done], " ms", 1) for at in (0.5, 0.99)),
            str(sum(one.failed for one in done)),
        ]


def percentile(seconds: list[float], at: float) -> float:
    """In milliseconds."""
    return sorted(seconds)[int(len(seconds) * at)] * 1000
