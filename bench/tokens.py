"""The token path: what a streamed word costs the server, and how much later it comes than it was said.

    python -m bench.tokens [--quick]

Measured against the bare relay of `bench.relay` in the same run, one after the other, so that both have the same
machine. Processor time is that of the whole server process, turns and all.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager

import msgspec

from bench import servers
from bench.stream import percentile
from bench.tables import figure, table
from bench.upstream import stamps

TRANSPORTS = {"sse": "SSE", "ws": "WebSocket"}
SETTINGS = {
    "CARELINE_MODEL_FIRST_TOKEN_SECONDS": "30",
    "CARELINE_MODEL_ANSWER_SECONDS": "100",
    "CARELINE_MODEL_ANSWER_TOKENS": "20000",
}
"""Patience for a thousand turns that begin at once on a busy machine: what is measured is the model's words."""


class Case(msgspec.Struct, frozen=True):
    """So many streams whose questions come over `seconds`, each answered by this model."""

    streams: int
    model: str
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        return int(self.model.rpartition(":")[2])

    @property
    def told(self) -> str:
        kind, *numbers = self.model.split(":")
        return f"{int(numbers[0])}/s each" if kind == "paced" else "at full blast"


FULL = (
    Case(1, "paced:50:500"),
    Case(50, "paced:20:200", 2.0),
    Case(200, "paced:5:60", 6.0),
    Case(200, "paced:20:200", 4.0),
    Case(1_000, "paced:4:60", 10.0),
    Case(2_000, "paced:1:20", 15.0),
    Case(1, "blast:20000"),
    Case(50, "blast:4000"),
    Case(200, "blast:1000"),
    Case(1_000, "blast:400"),
)
QUICK = (Case(1, "paced:50:200"), Case(50, "paced:10:60", 2.0), Case(1, "blast:20000"), Case(50, "blast:1000"))


class Run(msgspec.Struct, frozen=True):
    """One run on a fresh server: microseconds of processor for a token, tokens a second in all, milliseconds."""

    cost: float
    rate: float
    p50: float
    p99: float
    failed: int


class Loaded(msgspec.Struct, frozen=True):
    """What the load generator printed."""

    seconds: float
    latencies: list[float]
    first: list[float]
    failed: int


def run(server: servers.Server, transport: str, case: Case) -> Run:
    """After a few short streams that load what is loaded at first use."""
    _load(server, transport, 6, 0.0, 0)
    before = server.processor_seconds()
    loaded = _load(server, transport, case.streams, case.seconds, stamps(case.model))
    used = server.processor_seconds() - before
    count = case.streams * case.tokens
    late = loaded.latencies or [0.0]
    rate = count / loaded.seconds
    return Run(used / count * 1e6, rate, percentile(late, 0.5), percentile(late, 0.99), loaded.failed)


def _load(server: servers.Server, transport: str, streams: int, seconds: float, marked: int) -> Loaded:
    numbers = [str(server.port), transport, str(streams), str(seconds), str(marked)]
    command = [sys.executable, "-m", "bench.token_load", "127.0.0.1", *numbers]
    return msgspec.json.decode(subprocess.run(command, capture_output=True, check=True).stdout, type=Loaded)


def rows(transport: str, case: Case, runs: int) -> Iterator[list[str]]:
    """The relay's row and Careline's, their runs taken in turns."""
    relayed, answered = [], []
    with servers.upstream([case.model]) as url:
        for _ in range(runs):
            with servers.relay(url, case.model) as server:
                relayed.append(run(server, transport, case))
            with _careline(url, case.model) as server:
                answered.append(run(server, transport, case))
    relay_cost = statistics.median(one.cost for one in relayed)
    for name, done in (("bare relay", relayed), ("Careline", answered)):
        ratio = statistics.median(one.cost for one in done) / relay_cost
        yield [
            f"{TRANSPORTS[transport]}, {case.streams:,} stream{'s' if case.streams > 1 else ''}, {case.told}",
            name,
            figure([one.cost for one in done], " µs", 1),
            f"{ratio:.2f}",
            figure([one.rate for one in done]),
            *(_late([getattr(one, at) for one in done], case) for at in ("p50", "p99")),
            f"{sum(one.failed for one in done)} of {len(done) * case.streams:,}",
        ]


def _careline(url: str, model: str) -> AbstractContextManager[servers.Server]:
    return servers.careline(None, CARELINE_MODEL_BASE_URL=url, CARELINE_MODEL=model, **SETTINGS)


def _late(values: list[float], case: Case) -> str:
    """At full blast words wait for the reader: that is no figure of the server."""
    return figure(values, " ms", 1) if case.model.startswith("paced") else ""


def tokens_table(cases: tuple[Case, ...], runs: int) -> str:
    found = [row for case in cases for transport in TRANSPORTS for row in rows(transport, case, runs)]
    head = ["token path", "server", "processor a token", "of bare", "tokens/s", "late p50", "late p99", "failed"]
    return table(head, found)


if __name__ == "__main__":
    quick = "--quick" in sys.argv[1:]
    print(tokens_table(QUICK if quick else FULL, 2 if quick else 3))
