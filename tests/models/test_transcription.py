"""Speech to text."""

from collections.abc import Callable
from typing import Any

import pytest

from careline.domain.errors import ModelTrouble, ModelUnavailable
from careline.models.fake import TRANSCRIPT, form_fields
from careline.models.transcription import OpenAITranscriber
from careline.ports import Transcriber, Transcript
from tests.models.talk import KEY, talking

Run = Callable[[Any], Any]
AUDIO = b"OggS\x00\r\n--not a boundary\r\n\xff"


def test_what_was_said(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            transcriber: Transcriber = OpenAITranscriber(talk.endpoint, "whisper-1", hosted=False)
            heard = await transcriber.transcribe(AUDIO, "audio/ogg; codecs=opus", "tr")
            assert heard == Transcript(TRANSCRIPT, "tr")
            (body,) = talk.server.requests
            assert body == {"model": "whisper-1", "language": "tr", "response_format": "json", "file": AUDIO}
            assert talk.server.headers[-1]["authorization"] == f"Bearer {KEY}"
            assert (await transcriber.transcribe(b"RIFF say: good day", "audio/wav")).text == "good day"
            assert "language" not in talk.server.requests[-1]
            assert talk.server.stats.connections == 1

    run(it())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fake-401", "refused_request"),
        ("fake-413", "too_large"),
        ("fake-429", "rate_limited"),
        ("fake-html", "server"),
        ("fake-html-200", "bad_response"),
        ("fake-200-error", "server"),
        ("fake-200-empty", "bad_response"),
        ("fake-drop-before", "connect"),
        ("fake-drop", "interrupted"),
        ("fake-hang-before", "first_token_timeout"),
        ("fake-hang-mid", "interrupted"),
    ],
)
def test_what_is_no_transcript(run: Run, name: str, reason: ModelTrouble) -> None:
    async def it() -> None:
        async with talking() as talk:
            seconds = 0.1 if "hang" in name else 30
            transcriber = OpenAITranscriber(talk.endpoint, name, hosted=False, seconds=seconds)
            with pytest.raises(ModelUnavailable) as error:
                await transcriber.transcribe(AUDIO, "audio/ogg")
            assert error.value.reason == reason

    run(it())


def test_a_body_that_is_no_form_has_no_fields() -> None:
    assert form_fields("application/json", b"{}") == {}
    assert form_fields("multipart/form-data; boundary=x", b"") == {}
