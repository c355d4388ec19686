"""From the settings to the model. Imported only when one is configured: the HTTP client is slow to load."""

from careline import settings_addresses as addresses
from careline.models.encoding import Dialect
from careline.models.endpoint import Endpoint
from careline.models.openai import OpenAIModel, Patience
from careline.models.speech import local_speech
from careline.models.timely import TimelyModel
from careline.models.transcription import OpenAITranscriber
from careline.ports import Transcriber
from careline.settings import DEFAULT_MODEL_URL, Settings


def load_model(settings: Settings) -> TimelyModel | None:
    """The configured model, None when there is none. It connects with its first request; close it at the end."""
    if settings.model is None or settings.model_base_url is None:
        return None
    connections = settings.max_running_turns  # nobody's answer waits for somebody else's to end
    endpoint = Endpoint(settings.model_base_url, settings.openai_api_key, connections=connections)
    newer = settings.model_base_url == DEFAULT_MODEL_URL
    model = OpenAIModel(
        endpoint,
        settings.model,
        hosted=not addresses.is_private(settings.model_base_url),
        vision=settings.model_vision,
        patience=Patience(settings.model_first_token_seconds, settings.model_token_seconds),
        dialect=Dialect(max_tokens="max_completion_tokens" if newer else "max_tokens"),
    )
    return TimelyModel(model)


def load_transcriber(settings: Settings) -> Transcriber | None:
    """Speech to text, by a folder of this machine if there is one, else by a server; None when there is neither.

    Close it at the end. The key goes to the language model's server and to hosted ones, not to others of one's own.
    Raises SettingsInvalid when the folder needs a package that is not installed.
    """
    if not settings.voice:
        return None
    if settings.speech_model is not None:
        return local_speech(settings.speech_model)
    address = settings.transcription_base_url
    if address is None:
        return None
    private = addresses.is_private(address)
    key = settings.openai_api_key if address == settings.model_base_url or not private else None
    return OpenAITranscriber(Endpoint(address, key), settings.transcription_model, hosted=not private)
