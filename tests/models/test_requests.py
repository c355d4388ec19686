"""What the server is asked."""

import base64
from collections.abc import Callable
from typing import Any

from careline.models.encoding import Dialect
from careline.ports import ImagePart, JsonSchema, ModelMessage, ModelRequest, ToolCall, ToolSpec, collect
from tests.models.talk import ECHO, KEY, request, talking

Run = Callable[[Any], Any]
SCHEMA = {
    "type": "object",
    "properties": {"level": {"enum": ["urgent", "routine"]}, "notes": {"type": "array", "items": {"type": "string"}}},
    "required": ["level", "notes"],
    "additionalProperties": False,
}
TOOL = ToolSpec("weather", "The weather of a place.", {"type": "object", "properties": {}})


def sent(run: Run, what: ModelRequest, name: str = "fake", **more: Any) -> dict[str, Any]:
    async def it() -> dict[str, Any]:
        async with talking() as talk:
            await collect(talk.model(name, **more).stream(what))
            assert talk.server.headers[-1]["authorization"] == f"Bearer {KEY}"
            return talk.server.requests[-1]

    found: dict[str, Any] = run(it())
    return found


def test_the_least(run: Run) -> None:
    assert sent(run, request("hello")) == {
        "model": "fake",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_limits(run: Run) -> None:
    body = sent(run, request(max_tokens=20, temperature=0.2))
    assert (body["max_tokens"], body["temperature"]) == (20, 0.2)
    body = sent(run, request(max_tokens=20), dialect=Dialect(max_tokens="max_completion_tokens"))
    assert body["max_completion_tokens"] == 20
    assert "max_tokens" not in body


def test_tools_and_their_answers(run: Run) -> None:
    call = ToolCall("call_1", "weather", '{"place":"Izmir"}')
    messages = (
        ModelMessage("system", "Be kind."),
        ModelMessage("user", "How is the weather?"),
        ModelMessage("assistant", "", tool_calls=(call,)),
        ModelMessage("tool", "sunny", tool_call_id="call_1"),
    )
    body = sent(run, ModelRequest(messages=messages, purpose="answer", tools=(TOOL,)))
    function = {"name": "weather", "description": "The weather of a place.", "parameters": TOOL.parameters}
    assert body["tools"] == [{"type": "function", "function": function}]
    assert body["messages"][2:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"place":"Izmir"}'},
                }
            ],
        },
        {"role": "tool", "content": "sunny", "tool_call_id": "call_1"},
    ]


def test_a_schema_is_strict_and_its_answer_is_json(run: Run) -> None:
    async def it() -> str:
        async with talking() as talk:
            answer = await collect(talk.model().stream(request(schema=JsonSchema("triage", SCHEMA))))
            assert talk.server.requests[-1]["response_format"] == {
                "type": "json_schema",
                "json_schema": {"name": "triage", "schema": SCHEMA, "strict": True},
            }
            return answer.text

    assert run(it()) == '{"level":"urgent","notes":[]}'


def test_images_follow_the_text(run: Run) -> None:
    message = ModelMessage("user", "What is this?", images=(ImagePart("image/png", b"\x89PNG"),) * 2)
    body = sent(run, ModelRequest(messages=(message,), purpose="answer"), vision=True)
    url = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
    image = {"type": "image_url", "image_url": {"url": url}}
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, image, image]}]


def test_what_a_server_does_not_know_is_left_out_and_remembered(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-old", dialect=Dialect(max_tokens="max_completion_tokens"))
            for _ in range(2):
                answer = await collect(model.stream(request(max_tokens=20)))
                assert (answer.text, answer.finished.usage, answer.finished.retries) == (ECHO, None, 0)
            assert talk.server.stats.requests == 4
            assert talk.server.requests[-1]["max_tokens"] == 20

    run(it())


def test_a_model_that_wants_newer_names_gets_them(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-new")
            answer = await collect(model.stream(request(max_tokens=20, temperature=0.2)))
            assert answer.text == ECHO
            assert talk.server.requests[-1]["max_completion_tokens"] == 20
            assert "temperature" not in talk.server.requests[-1]

    run(it())
