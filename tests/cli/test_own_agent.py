"""A server with a pack that brings its own agent: it starts, or says in one line why not, guards it and closes it."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.own_pack import own_pack, serving
from tests.server_process import clean_environment

NO_AGENT = "def make_assistant(provided):\n    return object()\n"
RAISES = "def make_assistant(provided):\n    raise ValueError('no key')\n"
AGENT = """
from pathlib import Path

from careline.agent import Outcome, Token


class Agent:
    version = "1"

    async def answer(self, context):
        before = context.conversation.state.get("phone", "nobody")
        yield Token(f"Rest. Take 800 mg of ibuprofen every 4 hours. Call {before}. Bye.")
        yield Outcome(state={"phone": "+44 20 7946 0958"})

    async def close(self):
        Path("closed").touch()


def make_assistant(provided):
    return Agent()
"""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import not_there\ndef make_assistant(provided): ...\n", "ModuleNotFoundError: No module named 'not_there'"),
        (NO_AGENT, "What was made is no agent: that has a version, which is a text, and answer(context)."),
        (RAISES, "No agent was made: ValueError: no key"),
    ],
)
def test_an_agent_that_cannot_be_made_ends_the_start_with_one_line(tmp_path: Path, code: str, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "careline.cli", "serve", "--port", "0"],
        cwd=tmp_path,
        env=clean_environment(CARELINE_PACKS_DIR=str(own_pack(tmp_path, code)), CARELINE_PACK="clinic"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert re.match(r"careline: clinic/pack\.yaml:\d+: ", line)
    assert line.endswith(said)
    assert "Traceback" not in ended.stdout


def test_what_it_says_is_guarded_and_it_is_closed_at_the_end(tmp_path: Path) -> None:
    """Neither a dose nor a number that only the agent's own state knows goes out."""
    with serving(tmp_path, AGENT) as server:
        for _ in range(2):
            answer = httpx.post(
                f"{server.url}/chat/", json={"content": "Good day"}, headers={"X-Device-ID": "one"}, timeout=30
            )
            said = answer.json()["content"]
            assert "Bye." in said
            assert "800" not in said
            assert "7946" not in said
        assert not (tmp_path / "closed").exists()
    assert (tmp_path / "closed").exists()
