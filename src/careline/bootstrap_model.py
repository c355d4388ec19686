"""Wires the language model, where one is configured. Without one nothing of it is imported: the start stays quick."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from careline.assistants.flow import Waiting
from careline.assistants.free import FreeAssistant, Limits, Means
from careline.assistants.tools import Tools
from careline.assistants.workflow import HealthAssistant
from careline.dialogue.pack import ModelUse, Pack
from careline.engine.listening import Listening
from careline.language import Languages
from careline.ports import Assistant, AttachmentReader, History, Model, Retriever, Scheduling, Transcriber
from careline.safety.gate import Gate
from careline.settings import Settings


def configured_model(settings: Settings) -> Model | None:
    """The model of the settings, not yet connected; close it at the end. None where there is none."""
    if settings.model_base_url is None:
        return None
    from careline.models.load import load_model

    return load_model(settings)


def configured_transcriber(settings: Settings) -> Transcriber | None:
    """Who listens to recordings; close it at the end. None where nobody does. Raises SettingsInvalid."""
    if not settings.voice or (settings.speech_model is None and settings.transcription_base_url is None):
        return None
    from careline.models.load import load_transcriber

    return load_transcriber(settings)


def attachment_reader(
    settings: Settings, model: Model | None, transcriber: Transcriber | None
) -> AttachmentReader | None:
    """What fetches the files that visitors point at; None where nobody would look at them or listen."""
    if transcriber is None and (model is None or not model.vision):
        return None
    from careline.attachments.fetch import WebAttachments

    return WebAttachments(settings.attachment_hosts)


def listening_by(transcriber: Transcriber | None, reader: AttachmentReader | None) -> Listening | None:
    return None if transcriber is None or reader is None else Listening(reader, transcriber)


def model_for(use: ModelUse, model: Model | None, languages: Languages) -> Model | None:
    """The model as a pack wants it used: told who somebody is, or not."""
    if model is None:
        return None
    from careline.models.redacting import names_in, redacting

    return redacting(model, use.redact, names_in(languages))


def waiting(settings: Settings) -> Waiting:
    """How long people wait for what a model could do better."""
    return Waiting(settings.model_understanding_seconds, settings.model_rephrasing_seconds)


def free_limits(settings: Settings) -> Limits:
    """How long an answer in free conversation may be, and take."""
    return Limits(seconds=settings.model_answer_seconds, tokens=settings.model_answer_tokens)


def health_freely(
    health: HealthAssistant, model: Model | None, languages: Languages, gate: Gate, history: History, limits: Limits
) -> Assistant:
    """The health assistant, with free conversation around it where there is a model and its pack lets it."""
    pack = health.ear.pack
    used = model_for(pack.head.model, model, languages)
    if used is None or not pack.head.model.free:
        return health
    from careline.assistants.workflow_free import FreeHealth, health_persona

    means = Means(alarm=gate.raised, history=history, retriever=health.retriever, names=_untold(used), limits=limits)
    return FreeAssistant(FreeHealth(health), used, health_persona(pack), means)


def free_means(
    gate: Gate,
    history: History,
    retriever: Retriever,
    scheduling: Scheduling,
    tools: Tools,
    packs: Sequence[Pack],
    reader: AttachmentReader | None,
    model: Model | None,
    limits: Limits,
) -> dict[str, Means]:
    """What the free conversation of each pack draws on, by the pack's name. `model` is as `model_for` gives it."""

    def show(moment: datetime, zone: str, language: str) -> str:
        return tools.show_time(moment, zone, language)

    return {
        pack.name: Means(
            alarm=gate.raised,
            history=history,
            reader=reader,
            retriever=retriever,
            scheduling=scheduling,
            service=pack.service,
            zone=pack.clinic.time_zone,
            show=show,
            names=_untold(model),
            limits=limits,
        )
        for pack in packs
    }


def _untold(model: Model | None) -> Callable[[str], Iterable[str]]:
    """Finds the names that the model is not told."""
    if model is None:
        return lambda text: ()
    from careline.models.redacting import RedactingModel

    return model.names if isinstance(model, RedactingModel) else lambda text: ()
