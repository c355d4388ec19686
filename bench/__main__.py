"""`make bench`, `make bench QUICK=1`: runs everything and prints Markdown."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import msgspec
import psutil

from bench import fallback, history, servers, stream, tokens
from bench.tables import figure, table

DEVICES = (1, 20, 100)


class Plan(msgspec.Struct, frozen=True):
    """How much is done. `turns` by number of devices."""

    runs: int
    starts: int
    turns: dict[int, int]
    sizes: tuple[int, int]
    tokens: tuple[tokens.Case, ...]
    token_runs: int


FULL = Plan(
    runs=5, starts=9, turns={1: 600, 20: 4000, 100: 6000}, sizes=(1_000, 1_000_000), tokens=tokens.FULL, token_runs=3
)
QUICK = Plan(
    runs=3, starts=3, turns={1: 150, 20: 800, 100: 1200}, sizes=(1_000, 100_000), tokens=tokens.QUICK, token_runs=1
)


class Load(msgspec.Struct, frozen=True):
    """One run of the load generator against one server."""

    rate: float
    p50: float
    p99: float
    busy: float
    memory: float
    failed: int


Start = Callable[[], AbstractContextManager[servers.Server]]


def load_run(start: Start, devices: int, turns: int) -> Load:
    with start() as server:
        before = server.processor_seconds()
        command = [sys.executable, "-m", "bench.load", "127.0.0.1", str(server.port), str(devices), str(turns)]
        measured = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        used = server.processor_seconds() - before
        memory = server.memory()
    taken = sorted(measured["latencies"])
    return Load(
        rate=len(taken) / measured["seconds"],
        p50=statistics.median(taken) * 1000,
        p99=taken[int(len(taken) * 0.99)] * 1000,
        busy=used / measured["seconds"] * 100,
        memory=memory,
        failed=measured["failed"],
    )


def load_rows(name: str, start: Start, plan: Plan, baseline: dict[int, float]) -> Iterator[list[str]]:
    for devices in DEVICES:
        runs = [load_run(start, devices, plan.turns[devices]) for _ in range(plan.runs)]
        rate = statistics.median(run.rate for run in runs)
        share = rate / baseline.setdefault(devices, rate)
        yield [
            name,
            str(devices),
            figure([run.rate for run in runs]),
            figure([run.p50 for run in runs], " ms", 1),
            figure([run.p99 for run in runs], " ms", 1),
            f"{share:.2f}",
            figure([run.busy for run in runs], " %"),
            figure([run.memory for run in runs], " MiB"),
            str(sum(run.failed for run in runs)),
        ]


def load_table(plan: Plan) -> str:
    baseline: dict[int, float] = {}
    rows = list(load_rows("bare Starlette", servers.baseline, plan, baseline))
    rows += load_rows("Careline, SQLite", servers.careline, plan, baseline)
    with on_fresh_postgres() as on_postgres:
        rows += load_rows("Careline, PostgreSQL", on_postgres, plan, baseline)
    head = ["server", "devices", "turns/s", "p50", "p99", "of bare", "processor", "memory after", "failed"]
    return table(head, rows)


@contextmanager
def on_fresh_postgres() -> Iterator[Start]:
    with servers.postgres() as fresh:

        @contextmanager
        def on_postgres() -> Iterator[servers.Server]:
            with servers.careline(fresh()) as server:
                yield server

        yield on_postgres


def stream_table(plan: Plan) -> str:
    rows = list(stream.rows("SQLite", servers.careline, plan.runs))
    with on_fresh_postgres() as on_postgres:
        rows += stream.rows("PostgreSQL", on_postgres, plan.runs)
    head = ["1,000 questions", "arriving", "emergency p50", "emergency p99", "answer p50", "answer p99", "failed"]
    return table(head, rows)


def tokens_table(plan: Plan) -> str:
    return tokens.tokens_table(plan.tokens, plan.token_runs)


def start_table(plan: Plan) -> str:
    healthy, memory = [], []
    for _ in range(plan.starts):
        with servers.careline() as server:
            healthy.append(server.healthy_after)
            memory.append(server.memory())
    imports = [_import_seconds() for _ in range(plan.starts)]
    rows = [
        ["from process start to healthy, new SQLite database", figure(healthy, " s", 2)],
        ["import careline.app and all it starts with", figure(imports, " s", 2)],
        ["memory after the start", figure(memory, " MiB")],
    ]
    return table(["what", "figure"], rows)


def fallback_table(plan: Plan) -> str:
    return table(fallback.HEAD, list(fallback.rows(plan.runs)))


def _import_seconds() -> float:
    """In a fresh interpreter, without the interpreter's own start."""
    script = "import time; t = time.perf_counter(); import careline.app, careline.bootstrap, careline.channels.site\n"
    script += "print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout)


def history_table(plan: Plan) -> str:
    few, many = plan.sizes
    with history.sqlite() as file, servers.postgres() as fresh:
        found = {
            "SQLite": history.page_costs(file, plan.sizes),
            "PostgreSQL": history.page_costs(fresh, plan.sizes),
        }
    rows = [
        [database, where, f"{costs[few][at] * 1e6:.0f} µs", f"{costs[many][at] * 1e6:.0f} µs", _ratio(costs, at, plan)]
        for database, costs in found.items()
        for at, where in enumerate(("newest page", "page in the middle"))
    ]
    return table(["database", "page of 50", f"at {few:,} messages", f"at {many:,}", "ratio"], rows)


def _ratio(costs: dict[int, tuple[float, float]], at: int, plan: Plan) -> str:
    few, many = plan.sizes
    return f"{costs[many][at] / costs[few][at]:.2f}"


def machine_table() -> str:
    memory = psutil.virtual_memory().total / 2**30
    rows = [
        ["system", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"],
        ["Python", platform.python_version()],
        ["write and fsync of 4 KiB in the temporary folder", figure(_fsyncs(), " ms", 2)],
    ]
    return table(["machine", ""], rows)


def _fsyncs() -> list[float]:
    taken = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            begun = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


def main() -> None:
    plan = QUICK if "--quick" in sys.argv[1:] else FULL
    print(f"Medians of {plan.runs} runs ({plan.starts} starts), in parentheses lowest to highest.\n")
    print(machine_table(), end="\n\n", flush=True)
    for measure in (start_table, load_table, stream_table, tokens_table, history_table, fallback_table):
        print(measure(plan), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
