"""What ADK imports only when it first runs, a second and more: done at the start, not within somebody's message."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.apps import App
from google.adk.models import BaseLlm, LlmCapabilities
from google.adk.models.llm_request import LlmRequest
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.genai import types

from careline.assistants.adk_session import TurnSessions


class _Brief(BaseLlm):
    """Says one word."""

    @property
    def capabilities(self) -> LlmCapabilities:
        return LlmCapabilities(output_schema_and_tools=True)

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        yield LlmResponse(content=types.Content(role="model", parts=[types.Part(text="Yes.")]), partial=False)


@cache
def warm() -> None:
    """Runs a team of agents once, on a loop of its own. The second call does nothing."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _once()).result()


async def _once() -> None:
    llm = _Brief(model="careline:none")
    root = LlmAgent(name="first", model=llm, sub_agents=[LlmAgent(name="second", model=llm)])
    sessions = TurnSessions()
    runner = Runner(app=App(name="careline", root_agent=root), session_service=sessions)
    await sessions.create_session(app_name="careline", user_id="nobody", session_id="warm")
    said = types.Content(role="user", parts=[types.Part(text="Ready?")])
    run_config = RunConfig(streaming_mode=StreamingMode.SSE)
    async for _ in runner.run_async(user_id="nobody", session_id="warm", new_message=said, run_config=run_config):
        pass
    await runner.close()
