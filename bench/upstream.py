"""The model that the token path is measured with, a process of its own: an everyday answer, its words stamped.

    python -m bench.upstream NAME...

Answers to models called `paced:20:200` (200 tokens at 20 a second) and `blast:2000` (as fast as they are read). Between
its sentences there are stamps: words that say, in letters alone, when they were sent. Prints its base URL.
"""

import asyncio
import sys
import time
from itertools import chain

import uvloop

from careline.models.fake import FakeServer
from careline.models.fake_answers import Ask, Reply, chunk, event, tokens, usage, whole
from careline.models.fake_http import Exchange
from careline.models.fake_scenarios import BATCH, DONE, Scenario

ANSWER = """Most headaches like this are tension headaches and settle on their own within a day or two. It often helps
to drink some water, to rest your eyes away from screens, and to take a short walk in the fresh air. A warm cloth on
the neck or a cool one on the forehead is worth trying, whichever feels better. Regular meals and a quiet evening make
a difference too. If the pain is sudden and very strong, if your neck is stiff, or if you feel confused or weak on one
side, please seek help at once. Otherwise you can watch it for another day and write to me again tomorrow."""
STAMP = 14
BRIEFLY = "in a few words"
"""Who asks so is answered at once, and only once through the answer: to warm up a server."""
_LETTERS = str.maketrans("0123456789", "bcdfghjkmp")
_DIGITS = str.maketrans("bcdfghjkmp", "0123456789")
_HERE = " "


def _cycle(*, often: bool) -> list[str]:
    """The answer's tokens with a place for a stamp before each sentence, or only before the first: no phrase goes on
    there that the guard must wait for the end of."""
    words = tokens(ANSWER.replace("\n", " "))
    if not often:
        return [_HERE, *words]
    return [*chain.from_iterable([one, _HERE] if one.endswith(".") else [one] for one in words)]


_CYCLES = {"paced": _cycle(often=True), "blast": _cycle(often=False)}
"""By the kind of model. At full blast nothing is late: a stamp there only shows that nothing is missing, and words that
are never met again cost more than others."""


def stamp() -> str:
    """This machine's monotonic clock in microseconds, as letters that stand in no language for anything."""
    return " zq" + f"{time.perf_counter_ns() // 1000:0{STAMP}d}".translate(_LETTERS)


def stamped(word: str) -> float:
    """The seconds that such letters (without the `zq`) stand for."""
    return int(word.translate(_DIGITS)) / 1e6


def stamps(model: str) -> int:
    """How many tokens of such a model's answer are stamps."""
    kind, *numbers = model.split(":")
    cycle = _CYCLES[kind]
    return sum(cycle[number % len(cycle)] is _HERE for number in range(int(numbers[-1])))


def token(kind: str, number: int) -> str:
    """This token of the answer, which begins again where it ends."""
    text = _CYCLES[kind][number % len(_CYCLES[kind])]
    return stamp() if text is _HERE else text


def scenario(name: str) -> Scenario:
    """The one of a model's name."""
    kind, *numbers = name.split(":")
    rate = float(numbers[0]) if kind == "paced" else 0.0
    count = int(numbers[-1])

    async def play(exchange: Exchange, ask: Ask) -> None:
        if not ask.stream:
            exchange.answer(200, "application/json", whole(ask, Reply(ANSWER)))
            return
        exchange.begin()
        if BRIEFLY in str(ask.messages[-1]["content"]):
            await _blast(exchange, ask, len(_CYCLES["blast"]))
        else:
            await (_paced(exchange, ask, count, rate) if rate else _blast(exchange, ask, count))
        ends = [chunk(ask, {}, "stop"), chunk(ask, usage=usage(ask, count))]
        exchange.send(b"".join(map(event, ends)) + DONE)
        exchange.end()

    return play


async def _paced(exchange: Exchange, ask: Ask, count: int, rate: float) -> None:
    clock = asyncio.get_running_loop().time
    due = clock()
    for number in range(count):
        exchange.send(event(chunk(ask, {"content": token("paced", number)})))
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - clock()))


async def _blast(exchange: Exchange, ask: Ask, count: int) -> None:
    ready = {text: event(chunk(ask, {"content": text})) for text in _CYCLES["blast"]}
    for first in range(0, count, BATCH):
        texts = (token("blast", number) for number in range(first, min(first + BATCH, count)))
        exchange.send(b"".join(ready.get(text) or event(chunk(ask, {"content": text})) for text in texts))
        await exchange.drained()


async def main(names: list[str]) -> None:
    async with FakeServer({name: scenario(name) for name in names}) as server:
        print(server.url, flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:]))
