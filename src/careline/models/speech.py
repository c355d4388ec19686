"""Speech to text on this machine, by faster-whisper and a folder with a model. Recordings go nowhere."""

import asyncio
import importlib.util
import io
import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from careline.domain.errors import ModelUnavailable, SettingsInvalid
from careline.ports import Transcript

log = logging.getLogger("careline.models")

SAMPLES_A_SECOND = 16_000
LONGEST_SECONDS = 600
"""Of one recording: a small file can hold days of silence."""
RATES = range(4_000, 192_001)
"""Samples a second that are resampled. From others a few bytes become gigabytes, or take a processor for long."""
MOST_CHANNELS = 8
_FORMATS = {
    "audio/flac": "flac",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "matroska",
}


class LocalSpeech:
    """A careline.ports.Transcriber. One recording at a time, on half of the processors.

    `folder` is a Whisper model converted for CTranslate2. It is loaded at the first recording, or by `warm`.
    """

    hosted = False

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._folder = folder
        self._closed = threading.Event()
        self._thread = ThreadPoolExecutor(1, "speech")

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        threads = max(1, (os.cpu_count() or 2) // 2)  # the rest is for those who write
        return WhisperModel(
            str(self._folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )

    def warm(self) -> None:
        """Loads the model, so that nobody waits for it; may be called in a thread, at any time."""
        self._thread.submit(self._load)

    async def transcribe(self, audio: bytes, media_type: str, language: str | None = None) -> Transcript:
        """As careline.ports.Transcriber has it. Whoever stops waiting stops the work as well."""
        if self._closed.is_set():
            raise ModelUnavailable("interrupted")
        given_up = threading.Event()
        work = self._thread.submit(self._transcribe, audio, media_type, language, given_up)
        try:
            return await asyncio.wrap_future(work)
        finally:
            given_up.set()

    async def close(self) -> None:
        self._closed.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> None:
        try:
            self._model  # noqa: B018 - made at its first use
        except Exception as error:
            log.exception("❌ Error", extra={"error_type": type(error).__name__})

    def _transcribe(self, audio: bytes, media_type: str, language: str | None, given_up: threading.Event) -> Transcript:
        def stopped() -> bool:
            return given_up.is_set() or self._closed.is_set()

        samples = _samples(audio, media_type, stopped)
        try:
            spoken, about = self._model.transcribe(
                samples, language=language, vad_filter=True, condition_on_previous_text=False
            )
            words = []
            for segment in spoken:
                if stopped():
                    raise ModelUnavailable("interrupted")
                words.append(segment.text.strip())
        except ModelUnavailable:
            raise
        except Exception as error:
            # What a library says of a recording may tell of its content: the type has to do.
            log.error("❌ Error", extra={"error_type": type(error).__name__})
            raise ModelUnavailable("server") from None
        return Transcript(" ".join(words), about.language)


def local_speech(folder: Path) -> LocalSpeech:
    """Speech to text by the model in this folder. Raises SettingsInvalid where faster-whisper is not installed."""
    if importlib.util.find_spec("faster_whisper") is None:
        raise SettingsInvalid("CARELINE_SPEECH_MODEL needs faster-whisper: install careline[speech].")
    return LocalSpeech(folder)


def _samples(audio: bytes, media_type: str, stopped: Callable[[], bool]) -> Any:
    """The sound as numbers from -1 to 1, `SAMPLES_A_SECOND` of them. Raises ModelUnavailable.

    A small file can take half a minute: silence in eight channels, at the highest rate there is.
    """
    import numpy

    pieces = []
    left = SAMPLES_A_SECOND * LONGEST_SECONDS
    for piece in _frames(audio, media_type):
        if stopped():
            raise ModelUnavailable("interrupted")
        left -= piece.size
        if left < 0:
            raise ModelUnavailable("too_large")
        pieces.append(piece)
    if not pieces:
        raise ModelUnavailable("refused_request")
    return numpy.concatenate(pieces).astype(numpy.float32) / 32_768.0


def _frames(audio: bytes, media_type: str) -> Iterator[Any]:
    import av

    try:
        with av.open(io.BytesIO(audio), format=_FORMATS.get(media_type), metadata_errors="ignore") as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLES_A_SECOND)
            for frame in container.decode(audio=0):
                if frame.sample_rate not in RATES or frame.layout.nb_channels > MOST_CHANNELS:
                    raise ModelUnavailable("refused_request")
                for even in resampler.resample(frame):
                    yield even.to_ndarray().reshape(-1)
            for even in resampler.resample(None):
                yield even.to_ndarray().reshape(-1)
    except (av.FFmpegError, IndexError, ValueError):
        raise ModelUnavailable("refused_request") from None
