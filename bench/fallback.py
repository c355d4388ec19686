"""How long a person waits for the first word and the whole reply, by what is wrong with the language model."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import msgspec

from bench import servers
from bench.tables import figure

BEYOND = "Could you tell me how long a beard takes to grow on the moon"
BEFORE = 5
"""Failures after which the circuit is open at the latest."""
TROUBLES = {
    "fake": "answers",
    "fake-quota": "has no quota left",
    "fake-500": "fails, tried again",
    "nobody": "cannot be reached",
    "fake-hang-first": "says no first token",
    "fake-drop": "is cut off in its answer",
    "fake-hang-mid": "goes silent in its answer",
}


class Waited(msgspec.Struct, frozen=True):
    """Seconds from the message to the first word and to the end of the reply."""

    first: float
    whole: float


def ask(client: httpx.Client, device: str, text: str) -> Waited:
    """Exits when there is no whole reply."""
    begun, first, final = time.perf_counter(), 0.0, False
    body = {"content": text, "media_urls": [], "audio_urls": []}
    with client.stream("POST", "/chat/stream", json=body, headers={"X-Device-ID": device}) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                told = json.loads(line[6:])
                if told["content"] and not first:
                    first = time.perf_counter() - begun
                final = final or told["is_final"]
    if not (first and final):
        raise SystemExit("There was no whole reply.")
    return Waited(first, time.perf_counter() - begun)


@contextmanager
def careline_with(model: str, url: str) -> Iterator[httpx.Client]:
    """A fresh server behind this model, after a greeting that waits for what is made at first use."""
    address = "http://127.0.0.1:9/v1" if model == "nobody" else url
    with (
        servers.careline(CARELINE_MODEL_BASE_URL=address, CARELINE_MODEL=model) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client,
    ):
        ask(client, str(uuid.uuid4()), "Hello")
        yield client


def first_failure(model: str, url: str, within: bool) -> Waited:
    """On a fresh server, which knows nothing of the trouble yet: as a first message, or within a dialogue."""
    with careline_with(model, url) as client:
        device = str(uuid.uuid4())
        if within:
            ask(client, device, "Hello")
        return ask(client, device, BEYOND)


def later(model: str, url: str, runs: int) -> list[Waited]:
    """After so many failures that the circuit is open."""
    with careline_with(model, url) as client:
        for _ in range(BEFORE):
            ask(client, str(uuid.uuid4()), BEYOND)
        return [ask(client, str(uuid.uuid4()), BEYOND) for _ in range(runs)]


HEAD = ["the model", "message", "first word", "whole reply"]


def rows(runs: int) -> Iterator[list[str]]:
    with servers.upstream(()) as url:
        for model, trouble in TROUBLES.items():
            yield _row(trouble, "first message", [first_failure(model, url, within=False) for _ in range(runs)])
            yield _row(trouble, "in a dialogue", [first_failure(model, url, within=True) for _ in range(runs)])
            yield _row(trouble, f"after {BEFORE} others", later(model, url, runs))


def _row(trouble: str, where: str, waited: list[Waited]) -> list[str]:
    first, whole = [one.first * 1000 for one in waited], [one.whole * 1000 for one in waited]
    return [trouble, where, figure(first, " ms"), figure(whole, " ms")]
