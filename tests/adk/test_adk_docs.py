"""The ADK agent of docs/assistants.md, as it stands there."""

import runpy
from pathlib import Path

from tests.adk.adk_conversation import HI, AdkTalk
from tests.assistants.own_conversation import on_a_loop
from tests.docs.examples import ROOT, blocks


@on_a_loop
async def test_the_example_of_the_page_answers(tmp_path: Path) -> None:
    (code,) = [one.text for one in blocks(ROOT / "docs" / "assistants.md", "python") if "google.adk" in one.text]
    (tmp_path / "agent.py").write_text(code)
    make = runpy.run_path(str(tmp_path / "agent.py"))["make_assistant"]
    talk = AdkTalk([["Good day."]], make)
    assert await talk.say("How do people fly to the moon") == f"{HI}Good day."
    assert "You work at the desk" in talk.model.requests[0].messages[0].content
