"""From the settings to the model. Imported only when one is configured: the HTTP client is slow to load."""

from careline import settings_addresses as addresses
from careline.models.encoding import Dialect
from careline.models.endpoint import Endpoint
from careline.models.openai import OpenAIModel, Patience
from careline.models.transcription import OpenAITranscriber
from careline.settings import DEFAULT_MODEL_URL, Settings

TRANSCRIPTION_MODEL = "whisper-1"
"""The name under which both the hosted and the usual local servers offer it."""


def load_model(settings: Settings) -> OpenAIModel | None:
    """The configured model, None when there is none. It connects with its first request; close it at the end."""
    endpoint = _endpoint(settings)
    if endpoint is None or settings.model is None or settings.model_base_url is None:
        return None
    newer = settings.model_base_url == DEFAULT_MODEL_URL
    return OpenAIModel(
        endpoint,
        settings.model,
        hosted=not addresses.is_private(settings.model_base_url),
        vision=settings.model_vision,
        patience=Patience(settings.model_first_token_seconds, settings.model_token_seconds),
        dialect=Dialect(max_tokens="max_completion_tokens" if newer else "max_tokens"),
    )


def load_transcriber(settings: Settings) -> OpenAITranscriber | None:
    """Speech to text by the same server, None when there is none. Close it at the end."""
    endpoint = _endpoint(settings)
    if endpoint is None or settings.model_base_url is None:
        return None
    return OpenAITranscriber(endpoint, TRANSCRIPTION_MODEL, hosted=not addresses.is_private(settings.model_base_url))


def _endpoint(settings: Settings) -> Endpoint | None:
    return None if settings.model_base_url is None else Endpoint(settings.model_base_url, settings.openai_api_key)
