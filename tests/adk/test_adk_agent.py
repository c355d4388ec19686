"""A Google ADK agent answers as an assistant: its words once, its tools, its state, its errors."""

from google.adk.agents import LlmAgent
from google.adk.tools import ToolContext

from careline.assistants.adk import AdkAssistant, CarelineLlm
from careline.domain.errors import ModelUnavailable
from careline.domain.events import Citation, Emergency, Handoff, Status, Token, Tool
from careline.models.scripted import Ending
from careline.ports import Provided, Refusal, ToolCall, Usage
from tests.adk.adk_conversation import HI, AdkTalk, anna
from tests.assistants.conversation import Talk, flow_assistant, memory_scheduling
from tests.assistants.own_conversation import on_a_loop


async def plain(text: str) -> str:
    return await Talk(flow_assistant(memory_scheduling())).say(text)


@on_a_loop
async def test_streamed_text_comes_once_and_as_it_is_said() -> None:
    talk = AdkTalk([["Good", " day", "."]], anna)
    assert await talk.say("How do people fly to the moon") == f"{HI}Good day."
    assert [event.text for event in talk.seen_of(Token)] == [f"{HI}Good", " day", "."]
    assert talk.own["version"].startswith("7 (google-adk 2.")
    assert talk.agent.sessions.open == 0


@on_a_loop
async def test_the_rules_the_instruction_and_what_was_said_reach_the_model() -> None:
    talk = AdkTalk([["First."], ["Second."]], anna)
    await talk.say("How do people fly to the moon")
    await talk.say("And how do they come back from there")
    system = talk.model.requests[-1].messages[0]
    assert system.role == "system"
    assert "Be kind." in system.content
    assert "Never name a dose" in system.content
    assert "Write in English" in system.content
    assert talk.asked == [
        ("user", "How do people fly to the moon"),
        ("assistant", f"{HI}First."),
        ("user", "And how do they come back from there"),
    ]


@on_a_loop
async def test_calls_are_recorded_and_raw_events_hold_no_words_of_the_reply() -> None:
    talk = AdkTalk([["Secret ", "words", Usage(40, 2, 8)]], anna)
    await talk.say("How do people fly to the moon")
    record = next(one["model_call"] for one in talk.outcome.raw if "model_call" in one)
    assert (record["model"], record["prompt_version"], record["finish"]) == ("scripted", "adk-1, 7", "stop")
    assert talk.outcome.usage == {"calls": 1, "prompt_tokens": 40, "completion_tokens": 2, "cached_tokens": 8}
    (event,) = talk.raw
    assert event["author"] == "anna"
    assert event["content"]["parts"] == [{"text": "(12 characters)"}]
    assert "Secret" not in str(talk.outcome.raw)


@on_a_loop
async def test_tools_are_called_with_checked_arguments_and_their_sources_cited() -> None:
    search = ToolCall("c1", "search_knowledge", '{"query": "migraine self care"}')
    talk = AdkTalk([[search], ["Rest in a dark room [1]."]], anna)
    reply = await talk.say("Tell me how people live with migraines on the moon")
    assert reply == f"{HI}Rest in a dark room [1]."
    assert talk.seen_of(Tool) == [Tool("search_knowledge", "found")]
    assert len(talk.seen_of(Citation)) >= 1
    assert talk.asked[-1][0] == "tool"
    assert "Migraine" in talk.asked[-1][1]
    assert talk.model.requests[-1].messages[-1].tool_call_id == "c1"


@on_a_loop
async def test_wrong_arguments_go_back_to_the_model() -> None:
    wrong = ToolCall("c1", "find_slots", '{"start": "someday"}')
    talk = AdkTalk([[wrong], ["I cannot look that up."]], anna)
    await talk.say("How do people fly to the moon")
    assert talk.seen_of(Tool) == [Tool("find_slots", "invalid")]
    assert "error" in talk.asked[-1][1]


@on_a_loop
async def test_a_function_of_the_agents_own_is_a_tool_and_its_state_is_kept() -> None:
    def count(times: int, tool_context: ToolContext) -> dict[str, int]:
        """Counts."""
        tool_context.state["count"] = tool_context.state.get("count", 0) + times
        tool_context.state["temp:scratch"] = 1
        return {"count": tool_context.state["count"]}

    call = ToolCall("c1", "count", '{"times": 2}')
    talk = AdkTalk([[call], ["Two."], [call], ["Four."]], lambda provided: anna(provided, tools=[count]))
    await talk.say("How do people fly to the moon")
    assert talk.conversation.state["agent"] == {"session": {"count": 2}, "speaker": "anna"}
    await talk.say("And how do they come back from there")
    assert talk.conversation.state["agent"]["session"] == {"count": 4}
    assert talk.seen_of(Tool) == [Tool("count", "done")]
    (declared,) = talk.model.requests[0].tools
    assert declared.parameters["properties"]["times"]["type"] == "integer"


@on_a_loop
async def test_another_agent_takes_over_and_has_the_next_message_too() -> None:
    def team(provided: Provided) -> AdkAssistant:
        llm = CarelineLlm.of(provided)
        bills = LlmAgent(name="bills", model=llm, description="Knows about bills.", instruction="Bills.")
        return AdkAssistant(provided, LlmAgent(name="desk", model=llm, instruction="Desk.", sub_agents=[bills]))

    transfer = ToolCall("c1", "transfer_to_agent", '{"agent_name": "bills"}')
    talk = AdkTalk([[transfer], ["About your bill."], ["Still me."]], team)
    assert await talk.say("Why are moon rockets billed by weight") == f"{HI}About your bill."
    assert talk.seen_of(Status) == [Status("agent_transfer", {"agent": "bills"})]
    assert talk.seen_of(Tool) == []
    await talk.say("And how do they come back from there")
    assert "Bills." in talk.model.requests[-1].messages[0].content
    assert talk.conversation.state["agent"]["speaker"] == "bills"


@on_a_loop
async def test_it_begins_the_packs_flow() -> None:
    talk = AdkTalk([["Let us book. ", ToolCall("c1", "start_flow", '{"flow": "book_consultation"}')]], anna)
    reply = await talk.say("How do people fly to the moon")
    assert "Let us book." in reply
    assert "Is it okay" in reply
    assert talk.own["wish"] == "book_consultation"
    assert "name" in (await talk.say("Yes")).lower()
    assert len(talk.model.requests) == 1


@on_a_loop
async def test_it_hands_over_to_a_person() -> None:
    talk = AdkTalk([[ToolCall("c1", "hand_off", "{}")]], anna)
    await talk.say("How do people fly to the moon")
    assert talk.seen_of(Handoff)


@on_a_loop
async def test_it_raises_the_urgency_by_the_gates_own_words() -> None:
    call = ToolCall("c1", "raise_urgency", '{"level": "emergency_ambulance", "kind": "cardiac"}')
    talk = AdkTalk([[call]], anna)
    reply = await talk.say("How do people fly to the moon")
    (emergency,) = talk.seen_of(Emergency)
    assert emergency.number == "999"
    assert emergency.message == reply
    assert talk.conversation.interrupted


@on_a_loop
async def test_what_the_model_cannot_do_the_flows_answer() -> None:
    for script, reason in (
        ([ModelUnavailable("first_token_timeout")], "first_token_timeout"),
        ([Refusal("No.")], "refusal"),
        ([Ending("content_filter")], "content_filter"),
        ([ToolCall("c1", "find_slots", "not json")], "bad_response"),
        ([ToolCall("c1", "rob_a_bank", "{}")], None),
    ):
        talk = AdkTalk([script, ["Said."]], anna)
        reply = await talk.say("How do people fly to the moon")
        assert talk.own.get("fallback") == reason
        assert any("model_call" in one for one in talk.outcome.raw), "the record stays, whoever answered"
        assert reply == (await plain("How do people fly to the moon") if reason else f"{HI}Said.")
        assert talk.agent.sessions.open == 0


@on_a_loop
async def test_without_a_model_the_flows_answer() -> None:
    talk = AdkTalk([], anna, model=False)
    assert await talk.say("How do people fly to the moon") == await plain("How do people fly to the moon")
    assert talk.own["fallback"] == "connect"


@on_a_loop
async def test_a_model_that_breaks_off_is_apologised_for() -> None:
    talk = AdkTalk([["Half a ", ModelUnavailable("interrupted", streamed=True)]], anna)
    reply = await talk.say("How do people fly to the moon")
    assert "Half a" in reply
    assert "cannot finish" in reply
    assert talk.own["fallback"] == "interrupted"


@on_a_loop
async def test_a_model_that_calls_tools_for_ever_comes_to_an_end() -> None:
    search = ToolCall("c1", "search_knowledge", '{"query": "migraine"}')
    talk = AdkTalk(lambda request: [search], anna)
    assert await talk.say("How do people fly to the moon") == await plain("How do people fly to the moon")
    assert talk.own["fallback"] == "LlmCallsLimitExceededError"
    assert len(talk.model.requests) == 8


@on_a_loop
async def test_a_raised_urgency_is_told_in_fixed_words_once_and_stays() -> None:
    call = ToolCall("c1", "raise_urgency", '{"level": "consultation_24"}')
    talk = AdkTalk([[call], ["Drink enough."], [call], ["As I said."]], anna)
    reply = await talk.say("How do people fly to the moon")
    told = "To be on the safe side, please have this seen by a doctor within a day, even if you feel no worse."
    assert reply == f"{HI}{told}\n\nDrink enough."
    assert await talk.say("And how do they come back from there") == "As I said."
    assert "Urgency found so far: consultation_24" in talk.model.requests[-1].messages[0].content
