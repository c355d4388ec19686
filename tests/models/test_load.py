"""From the settings to the model, and what is not loaded without one."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from careline import settings
from careline.assistants.calls import ModelCalls
from careline.domain.errors import ModelUnavailable
from careline.models.load import load_model, load_transcriber
from careline.ports import collect
from tests.models.talk import ECHO, request, talking
from tests.server_process import clean_environment

Run = Callable[[Any], Any]


def test_without_settings_there_is_none() -> None:
    assert load_model(settings.read({})) is None
    assert load_transcriber(settings.read({})) is None
    assert load_model(settings.read({"CARELINE_MODEL": "gpt-4.1-mini"})) is None


def test_a_key_alone_is_a_hosted_model() -> None:
    model = load_model(settings.read({"OPENAI_API_KEY": "sk-1"}))
    assert model is not None
    assert (model.name, model.hosted, model.vision) == (settings.DEFAULT_MODEL, True, False)
    transcriber = load_transcriber(settings.read({"OPENAI_API_KEY": "sk-1"}))
    assert transcriber is not None
    assert transcriber.hosted
    assert load_transcriber(settings.read({"OPENAI_API_KEY": "sk-1", "CARELINE_VOICE": "false"})) is None


def test_the_key_of_the_model_is_not_sent_to_a_speech_server_of_one_s_own(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            found = settings.read({"OPENAI_API_KEY": "sk-1", "CARELINE_TRANSCRIPTION_BASE_URL": talk.server.url})
            transcriber = load_transcriber(found)
            assert transcriber is not None
            await transcriber.transcribe(b"OggS say: hello", "audio/ogg")
            assert "authorization" not in talk.server.headers[-1]
            assert not transcriber.hosted
            await transcriber.close()

    run(it())


@pytest.mark.parametrize(
    ("address", "hosted"),
    [
        ("http://127.0.0.1:11434/v1", False),
        ("http://ollama:11434/v1", False),
        ("https://10.1.2.3/v1", False),
        ("https://models.example.org/v1", True),
        ("https://8.8.8.8/v1", True),
    ],
)
def test_what_is_hosted(address: str, hosted: bool) -> None:
    found = settings.read({"CARELINE_MODEL_BASE_URL": address, "CARELINE_MODEL": "m", "CARELINE_MODEL_VISION": "yes"})
    model = load_model(found)
    assert model is not None
    assert (model.name, model.hosted, model.vision) == ("m", hosted, True)


def test_it_asks_the_server_of_the_settings(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = load_model(settings.read({"CARELINE_MODEL_BASE_URL": f"{talk.server.url}/", "CARELINE_MODEL": "m"}))
            assert model is not None
            assert (await collect(model.stream(request(max_tokens=5)))).text == ECHO
            assert "authorization" not in talk.server.headers[-1]
            assert talk.server.requests[-1]["max_tokens"] == 5
            await model.close()

    run(it())


def test_a_server_that_begins_and_never_ends_is_left_alone_with_what_has_a_limit(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            url = f"{talk.server.url}/"
            model = load_model(settings.read({"CARELINE_MODEL_BASE_URL": url, "CARELINE_MODEL": "fake-hang-mid"}))
            assert model is not None
            reasons = []
            for _ in range(6):
                with pytest.raises(ModelUnavailable) as error:
                    await ModelCalls(model).ask(request(), prompt="p", seconds=0.4)
                reasons.append(error.value.reason)
            assert reasons == ["deadline"] * 5 + ["too_slow"]
            assert len(talk.server.requests) == 5
            await model.close()

    run(it())


def test_without_a_model_the_program_does_not_load_the_client() -> None:
    script = "import sys, careline.bootstrap, careline.ports; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=clean_environment())
    assert done.stdout.strip() == "False", done.stderr
