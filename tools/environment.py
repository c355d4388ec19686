"""Makes the environment: .venv with exactly what requirements.lock says, and Careline itself, editable.

    python3 tools/environment.py [.venv [requirements.lock]]

Needs only Python 3.11 or newer with pip (or uv, which is used when it is there, because it is quick). Does nothing when
the lock, the project file and the interpreter are those of the last time. Everything is byte-compiled, whatever
PYTHONDONTWRITEBYTECODE says: the server starts in under a second only with compiled modules.
"""

import compileall
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / (sys.argv[2] if len(sys.argv) > 2 else "requirements.lock")
PROJECT = ROOT / "pyproject.toml"


def main(folder: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file an older Python may run
        raise SystemExit(f"Careline needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    venv = (ROOT / folder).absolute()
    with _only_one(venv):
        if _stamp(venv).is_file() and _stamp(venv).read_text() == _wanted() and _python(venv).exists():
            _compile_sources()
            return
        print(f"Making the environment in {folder} (once, and again when {LOCK.name} changes) ...", flush=True)
        _make(venv)
        _install(venv)
        _compile_packages(venv)
        _compile_sources()
        _stamp(venv).write_text(_wanted())


class _only_one:  # noqa: N801 - used as a function
    """Two makes at the same time: the second one waits, and then finds the work done."""

    def __init__(self, venv: Path) -> None:
        self.path = venv.with_name(f"{venv.name}.lock")

    def __enter__(self) -> None:
        self.file = self.path.open("w")
        if os.name == "posix":
            import fcntl

            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _wanted() -> str:
    content = LOCK.read_bytes() + PROJECT.read_bytes() + str(ROOT).encode()
    return f"{hashlib.sha256(content).hexdigest()} {sys.version_info.major}.{sys.version_info.minor}\n"


def _stamp(venv: Path) -> Path:
    return venv / "installed-from"


def _python(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _make(venv: Path) -> None:
    if _python(venv).exists() and _same_version(venv):
        return
    without_pip = importlib.util.find_spec("ensurepip") is None or _uv() is not None
    command = [sys.executable, "-m", "venv", "--clear", *(["--without-pip"] if without_pip else []), str(venv)]
    if subprocess.run(command).returncode:
        raise SystemExit("The environment could not be made; the lines above say why.")


def _same_version(venv: Path) -> bool:
    script = "import sys; print(sys.version_info[:2])"
    answer = subprocess.run([_python(venv), "-c", script], capture_output=True, text=True)
    return answer.stdout.strip() == str(sys.version_info[:2])


def _install(venv: Path) -> None:
    """By uv when it works here, else by pip: the environment's own, or this interpreter's for it."""
    installers = []
    if uv := _uv():
        installers.append([uv, "pip", "install", "--quiet", "--python", str(_python(venv))])
    if subprocess.run([_python(venv), "-m", "pip", "--version"], capture_output=True).returncode == 0:
        installers.append([str(_python(venv)), "-m", "pip", "install", "--quiet"])
    else:
        installers.append([sys.executable, "-m", "pip", "--python", str(_python(venv)), "install", "--quiet"])
    for install in installers:
        if (
            subprocess.run([*install, "--no-deps", "--require-hashes", "-r", str(LOCK)], cwd=ROOT).returncode == 0
            and subprocess.run([*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], cwd=ROOT).returncode
            == 0
        ):
            return
    raise SystemExit("The packages could not be installed; the lines above say why.")


def _uv() -> str | None:
    uv = shutil.which("uv")
    if uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0:
        return uv
    return None


def _compile_packages(venv: Path) -> None:
    """Compiled modules are an optimisation: a package that ships a file for another Python is no failure."""
    site = next(venv.glob("lib/python*/site-packages"), venv / "Lib" / "site-packages")
    subprocess.run([_python(venv), "-m", "compileall", "-q", "-q", "-j", "0", str(site)])


def _compile_sources() -> None:
    compileall.compile_dir(ROOT / "src", quiet=2)


if __name__ == "__main__":
    main(*(sys.argv[1:2] or [".venv"]))
