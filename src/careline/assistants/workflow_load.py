"""The health assistant from its shipped files. For the bootstrap."""

from pathlib import Path

from careline.assistants.workflow import NAME, HealthAssistant
from careline.assistants.workflow_hearing import Ear
from careline.dialogue.triage_pack import load_health_pack
from careline.language import Languages
from careline.ports import Retriever
from careline.safety.numbers import Numbers, load_numbers
from careline.safety.triage import Triage, load_triage


def load_health_assistant(
    root: Path,
    languages: Languages,
    retriever: Retriever,
    triage: Triage | None = None,
    numbers: Numbers | None = None,
) -> HealthAssistant:
    """The assistant of the pack folder `root` (`packs/health_assistant`). Reads files. Raises PackInvalid."""
    ear = Ear(load_health_pack(root), languages, triage or load_triage())
    return HealthAssistant(ear, retriever, numbers or load_numbers())


__all__ = ["NAME", "load_health_assistant"]
