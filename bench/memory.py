"""Whether memory stays flat over very many streamed turns of one server.

    python -m bench.memory --turns 100000 --transport ws

Every turn is answered by the (fake) model through everything there is: gate, guard, event log, storage. Prints a line
for each sample as it comes, and at the end the slope of the resident memory in KiB for 1,000 turns, fitted over the
samples after the first tenth: until then caches fill.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence

import msgspec

from bench import servers


class Sample(msgspec.Struct, frozen=True):
    """After `turns` turns, `failed` of them not as they should be: MiB resident, open files, processor seconds."""

    turns: int
    failed: int
    memory: float
    files: int
    processor: float


def slope(samples: Sequence[Sample]) -> float:
    """KiB for 1,000 turns, by least squares."""
    turns = [sample.turns / 1000 for sample in samples]
    memory = [sample.memory * 1024 for sample in samples]
    mean_turns, mean_memory = sum(turns) / len(turns), sum(memory) / len(memory)
    above = sum((x - mean_turns) * (y - mean_memory) for x, y in zip(turns, memory, strict=True))
    return above / sum((x - mean_turns) ** 2 for x in turns)


def measure(transport: str, turns: int, connections: int, tokens: int, per_device: int, every: int) -> list[Sample]:
    """The samples, the first before any turn."""
    model = f"blast:{tokens}"
    with (
        servers.upstream([model]) as url,
        servers.careline(CARELINE_MODEL_BASE_URL=url, CARELINE_MODEL=model) as server,
    ):
        samples = [_sample(server, 0, 0)]
        numbers = [str(number) for number in (connections, turns, per_device, every)]
        command = [sys.executable, "-m", "bench.turn_load", "127.0.0.1", str(server.port), transport, *numbers]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
            assert load.stdout is not None
            for line in load.stdout:
                told = json.loads(line)
                samples.append(_sample(server, told["turns"], told["failed"]))
                print(msgspec.json.encode(samples[-1]).decode(), flush=True)
    return samples


def _sample(server: servers.Server, turns: int, failed: int) -> Sample:
    return Sample(turns, failed, server.memory(), server.process.num_fds(), server.processor_seconds())


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--transport", choices=("sse", "ws"), default="sse")
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--per-device", type=int, default=20)
    parser.add_argument("--every", type=int, default=1_000)
    chosen = parser.parse_args(arguments)
    samples = measure(
        chosen.transport, chosen.turns, chosen.connections, chosen.tokens, chosen.per_device, chosen.every
    )
    settled = [sample for sample in samples if sample.turns >= chosen.turns / 10]
    print(f"{settled[0].memory:.0f} MiB after {settled[0].turns:,} turns, {settled[-1].memory:.0f} MiB after", end=" ")
    print(f"{settled[-1].turns:,}: {slope(settled):.1f} KiB for 1,000 turns; {settled[-1].failed} failed")


if __name__ == "__main__":
    main(sys.argv[1:])
