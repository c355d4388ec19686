"""A real `careline serve` in a process of its own, on a free port, with a data directory of its own."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS = 30.0
OTHER_NAMES = {"DATABASE_URL", "DEBUG", "ALLOWED_ORIGINS", "CORS_ORIGINS", "OPENAI_API_KEY"}


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of Careline, plus these."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CARELINE_") and name not in OTHER_NAMES
    }
    return kept | settings


class ServerProcess:
    """`with ServerProcess(folder) as server:` is healthy inside the block and stopped in order after it.

    `folder` is its working directory and holds its data; more settings come as keywords.
    """

    def __init__(self, folder: Path, port: int = 0, **settings: str) -> None:
        self.folder = folder
        self.port = port
        self.settings = settings
        self.log = folder / "server.log"
        self.url = ""

    def start(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = clean_environment(CARELINE_DATA_DIR=str(self.folder / "data"), **self.settings)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "careline.cli", "serve", "--port", str(self.port)],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        late = threading.Timer(START_SECONDS, self.process.kill)
        late.start()
        line = self.process.stdout.readline()
        late.cancel()
        assert line.startswith("Careline is listening on http"), f"no start: {line!r}\n{self.log_text()}"
        self.url = line.split()[-1]
        self.port = int(self.url.rpartition(":")[2])
        return self

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """As a power cut for the process: no handler runs."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self) -> int:
        """Asks it to stop; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
