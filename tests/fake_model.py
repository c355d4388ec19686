"""The fake model server as a program of its own, for tests of the whole."""

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.server_process import START_SECONDS, clean_environment


class FakeModel:
    """`url` is its base URL, as CARELINE_MODEL_BASE_URL takes it."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/fake/stats", timeout=20) as response:
            found: dict[str, Any] = json.load(response)
        return found

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


@contextmanager
def fake_model() -> Iterator[FakeModel]:
    process = subprocess.Popen(
        [sys.executable, "-m", "careline.models.fake", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    assert process.stdout is not None
    late = threading.Timer(START_SECONDS, process.kill)
    late.start()
    model = FakeModel(process.stdout.readline().split()[-1], process)
    late.cancel()
    try:
        yield model
    finally:
        model.stop()
        process.stdout.close()
