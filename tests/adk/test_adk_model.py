"""Careline's model as ADK's: what becomes of an ADK request, and of the answer."""

from typing import Any

import pytest
from google.adk.models import LlmRequest
from google.genai import types
from pydantic import BaseModel

from careline.assistants.adk_model import CarelineLlm, model_request, plain_schema
from careline.domain.errors import Invalid
from careline.models.scripted import Ending, Script, ScriptedModel
from careline.ports import ImagePart, JsonSchema, ModelMessage, ToolCall, Usage
from tests.assistants.own_conversation import on_a_loop

PNG = types.Part(inline_data=types.Blob(mime_type="image/png", data=b"png"))


class Answer(BaseModel):
    """What an agent is to return."""

    kind: str


def content(role: str, *parts: types.Part) -> types.Content:
    return types.Content(role=role, parts=list(parts))


def call(name: str, **args: Any) -> types.Part:
    return types.Part(function_call=types.FunctionCall(name=name, args=args))


def answer(name: str, **response: Any) -> types.Part:
    return types.Part(function_response=types.FunctionResponse(name=name, response=response))


def test_contents_become_messages_and_calls_find_their_answers() -> None:
    asked = LlmRequest(
        contents=[
            content("user", types.Part(text="Look"), PNG),
            content("model", types.Part(text="Thinking", thought=True), call("a", x=1), call("b"), call("a", x=2)),
            content("user", answer("a", r=1), answer("b", r=2), answer("a", r=3)),
        ],
        config=types.GenerateContentConfig(system_instruction="Be kind.", temperature=0.2, max_output_tokens=50),
    )
    request = model_request(asked)
    system, user, assistant, *answers = request.messages
    assert system == ModelMessage("system", "Be kind.")
    assert user == ModelMessage("user", "Look", images=(ImagePart("image/png", b"png"),))
    assert [(one.name, one.arguments) for one in assistant.tool_calls] == [
        ("a", '{"x": 1}'),
        ("b", "{}"),
        ("a", '{"x": 2}'),
    ]
    assert assistant.content == ""
    ids = [one.id for one in assistant.tool_calls]
    assert len(set(ids)) == 3
    assert [(one.role, one.content, one.tool_call_id) for one in answers] == [
        ("tool", '{"r": 1}', ids[0]),
        ("tool", '{"r": 2}', ids[1]),
        ("tool", '{"r": 3}', ids[2]),
    ]
    assert (request.temperature, request.max_tokens, request.purpose) == (0.2, 50, "answer")


def test_schemas_are_plain_json_schema() -> None:
    google = types.Schema(
        type=types.Type.OBJECT,
        properties={
            "type": types.Schema(type=types.Type.STRING, nullable=True),
            "all": types.Schema(type=types.Type.ARRAY, items=types.Schema(type=types.Type.INTEGER)),
        },
        required=["type"],
    )
    assert plain_schema(google) == {
        "type": "object",
        "properties": {"type": {"type": ["string", "null"]}, "all": {"type": "array", "items": {"type": "integer"}}},
        "required": ["type"],
    }
    request = model_request(LlmRequest(config=types.GenerateContentConfig(response_schema=Answer)))
    assert isinstance(request.schema, JsonSchema)
    assert request.schema.schema["properties"]["kind"]["type"] == "string"


def test_what_only_googles_models_have_is_said() -> None:
    asked = LlmRequest(config=types.GenerateContentConfig(tools=[types.Tool(google_search=types.GoogleSearch())]))
    with pytest.raises(Invalid, match="only Google's own models"):
        model_request(asked)


async def answers_of(script: Script, *, stream: bool = True) -> list[Any]:
    llm = CarelineLlm(model="careline:scripted")
    llm._model = ScriptedModel([script])
    return [one async for one in llm.generate_content_async(LlmRequest(contents=[]), stream=stream)]


@on_a_loop
async def test_pieces_then_the_whole() -> None:
    *pieces, whole = await answers_of(["One ", "two.", ToolCall("c1", "look", '{"at": 1}'), Usage(5, 2)])
    assert [(one.partial, one.content.parts[0].text) for one in pieces] == [(True, "One "), (True, "two.")]
    assert whole.partial is False
    assert whole.content.parts[0].text == "One two."
    assert whole.content.parts[1].function_call.args == {"at": 1}
    assert (whole.usage_metadata.prompt_token_count, whole.usage_metadata.candidates_token_count) == (5, 2)
    assert whole.finish_reason == types.FinishReason.STOP


@on_a_loop
async def test_not_streamed_there_is_only_the_whole() -> None:
    (whole,) = await answers_of(["One ", "two.", Ending("length")], stream=False)
    assert whole.content.parts[0].text == "One two."
    assert whole.finish_reason == types.FinishReason.MAX_TOKENS


@on_a_loop
async def test_a_flood_of_calls_is_not_heeded() -> None:
    (whole,) = await answers_of([ToolCall(f"c{n}", "look", "{}") for n in range(20)])
    assert len(whole.content.parts) == 6
