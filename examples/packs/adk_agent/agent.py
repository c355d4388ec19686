"""Two agents of the Google ADK: one at the desk, and one that explains what the health articles say."""

from google.adk.agents import LlmAgent

from careline.agent import OwnAgent, Provided
from careline.assistants.adk import AdkAssistant, CarelineLlm, careline_tools

HOURS = "Monday to Thursday from 09:00 to 17:00 and Friday until 12:30, London time"


def opening_hours() -> dict[str, str]:
    """When the practice sees people by video."""
    return {"hours": HOURS}


def make_assistant(provided: Provided) -> OwnAgent:
    llm = CarelineLlm.of(provided)
    tools = careline_tools(provided)
    articles = LlmAgent(
        name="articles",
        model=llm,
        description="Answers questions about health from the articles.",
        instruction="Search the articles with search_knowledge, then answer in a few sentences from what it returned.",
        tools=tools,
    )
    desk = LlmAgent(
        name="desk",
        model=llm,
        description="Welcomes people, and answers questions about the practice.",
        instruction=(
            "You work at the desk of Harbour Practice, which sees people by video. Leave questions about health to "
            "the agent articles. To book a visit, call start_flow with book_visit. For a person, call hand_off."
        ),
        tools=[opening_hours, *tools],
        sub_agents=[articles],
    )
    return AdkAssistant(provided, desk, version="1")
