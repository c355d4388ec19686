"""Understanding as the tests call it: Monday, 23 November 2026, nine in the morning in London."""

from datetime import UTC, datetime

from careline.language import Reference, Said, load_languages, understand

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LANGUAGES = load_languages()
LONDON = Reference(now=NOW, time_zone="Europe/London", region="GB")


def said(text: str, language: str = "en", expecting: str | None = None, reference: Reference = LONDON) -> Said:
    return understand(text, LANGUAGES, reference, expected_language=language, expecting=expecting)


def wall(moment: datetime) -> str:
    """A time in London in winter, as the tables write it."""
    return moment.strftime("%m-%d %H:%M")
