"""The lock of a process on its data."""

import signal
import subprocess
import sys
from pathlib import Path

from careline.storage.sql.lock import ProcessLock


def test_only_one_holds_it(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "lock"), ProcessLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    second.release()


def test_a_killed_process_gives_it_back(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, time; from careline.storage.sql.lock import ProcessLock;"
        f"lock = ProcessLock(pathlib.Path({str(tmp_path / 'lock')!r})); "
        "print(lock.acquire(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "True"
        mine = ProcessLock(tmp_path / "lock")
        assert not mine.acquire()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert mine.acquire()
        mine.release()
