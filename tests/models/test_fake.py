"""The fake server as a program of its own, and what it says when it behaves."""

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from careline.models.endpoint import Endpoint
from careline.models.fake import SCENARIOS
from careline.models.fake_answers import Ask, Reply, example, reply
from careline.models.openai import OpenAIModel
from careline.ports import collect
from tests.models.talk import ECHO, request
from tests.server_process import START_SECONDS, clean_environment

Run = Callable[[Any], Any]
COMMAND = [sys.executable, "-m", "careline.models.fake"]


@pytest.fixture(scope="module")
def program() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running program and its base URL."""
    process = subprocess.Popen([*COMMAND, "--port", "0"], stdout=subprocess.PIPE, text=True, env=clean_environment())
    assert process.stdout is not None
    late = threading.Timer(START_SECONDS, process.kill)
    late.start()
    lines = [process.stdout.readline() for _ in range(3)]
    late.cancel()
    url = lines[0].split()[-1]
    assert f"CARELINE_MODEL_BASE_URL={url} CARELINE_MODEL=fake careline serve" in lines[1]
    yield process, url
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=20) as response:
        return json.load(response)


def test_it_answers_and_counts(run: Run, program: tuple[subprocess.Popen[str], str]) -> None:
    async def it(url: str) -> str:
        endpoint = Endpoint(url, None)
        answer = await collect(OpenAIModel(endpoint, "fake", hosted=False).stream(request()))
        await endpoint.close()
        return answer.text

    url = program[1]
    assert run(it(url)) == ECHO
    stats = get(url.removesuffix("/v1") + "/fake/stats")
    assert stats["completed"] >= 1
    assert (stats["running"], stats["closed_by_client"]) == (1, 0)


def test_it_lists_its_scenarios(program: tuple[subprocess.Popen[str], str]) -> None:
    names = {model["id"] for model in get(f"{program[1]}/models")["data"]}
    assert names == {"fake"} | {f"fake-{name}" for name in SCENARIOS}


def test_without_a_stream_the_answer_is_whole(program: tuple[subprocess.Popen[str], str]) -> None:
    body = json.dumps({"model": "fake", "messages": [{"role": "user", "content": "hello there"}]}).encode()
    with urllib.request.urlopen(f"{program[1]}/chat/completions", body, timeout=20) as response:
        answer = json.load(response)
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"] == ECHO
    assert answer["usage"]["total_tokens"] == 11


@pytest.mark.parametrize(
    ("path", "body"), [("/chat/completions", b"no"), ("/nothing", b"{}"), ("/audio/transcriptions", b"")]
)
def test_what_it_does_not_understand(program: tuple[subprocess.Popen[str], str], path: str, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{program[1]}{path}", body, timeout=20)
    assert "error" in json.load(error.value)
    error.value.close()


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, env=clean_environment())
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port} cannot be used" in done.stderr


def asked(content: Any, **more: Any) -> Reply:
    return reply(Ask(messages=[{"role": "user", "content": content}], **more))


def test_a_tool_is_called_when_it_is_named_and_its_result_is_told() -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    assert asked("hello", tools=tools).calls == ()
    (call,) = asked("the weather please", tools=tools).calls
    assert (call.name, call.arguments) == ("weather", "{}")
    after = reply(Ask(messages=[{"role": "tool", "content": "sunny weather"}], tools=tools))
    assert after == Reply("The tool answered: sunny weather")


def test_images_are_counted() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}
    assert "I was sent 1 image. You said: look" in asked([{"type": "text", "text": "look"}, image]).text


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "minLength": 2}, "xx"),
        ({"type": ["null", "string"]}, None),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "boolean"}, False),
        ({"const": 7}, 7),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, 0),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2}, ["a", "a"]),
        ({"$ref": "#/$defs/one", "$defs": {"one": {"properties": {"a": {"type": "string"}}}}}, {"a": ""}),
    ],
)
def test_examples_fit_their_schema(schema: dict[str, Any], expected: Any) -> None:
    assert example(schema, schema) == expected
