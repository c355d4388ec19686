"""From text to findings: every language's lexicon is tried on every message."""

from collections.abc import Sequence

from careline.safety import attributes
from careline.safety.context import Surroundings
from careline.safety.facts import read_facts
from careline.safety.findings import Finding, Scan
from careline.safety.lexicon import FindingEntry, Lexicon
from careline.safety.match import Match, Reading
from careline.safety.text import Words
from careline.safety.vitals import read_vitals

_MOST_FINDINGS = 120


def scan(text: str, lexicons: Sequence[Lexicon]) -> Scan:
    """All that is understood of a message. Linear in its length; what comes after 16,000 characters is not read."""
    words = Words(text)
    readings = [Reading(words, lexicon) for lexicon in lexicons]
    readings.sort(key=lambda reading: -reading.known)
    language = readings[0].lexicon.language
    findings: list[Finding] = []
    for reading in readings:
        known = [(one.id, one.start, one.end) for one in findings]
        findings += [one for one in _findings(reading) if not _said_already(one, known)]
    findings.sort(key=lambda finding: (finding.start, finding.id))
    facts = frozenset(entry.id for entry in lexicons[0].findings if entry.fact)
    return Scan(language, tuple(findings), read_vitals(words.text), read_facts(words.text, findings, facts))


def _findings(reading: Reading) -> list[Finding]:
    matches = reading.matches()[:_MOST_FINDINGS]
    surroundings = Surroundings(reading, matches)
    entries = reading.lexicon.findings
    return [_finding(reading, surroundings, match, entries[match.finding]) for match in matches]


def _finding(reading: Reading, surroundings: Surroundings, match: Match, entry: FindingEntry) -> Finding:
    status, when, frame, who, relation = surroundings.of(match, entry)
    words = reading.words
    start, end = words.starts[match.first], words.ends[match.last - 1]
    return Finding(
        id=entry.id,
        status=status,
        when=when,
        frame=frame,
        who=who,
        relation=relation,
        severity=attributes.severity(reading, match),
        onset=attributes.onset(reading, match),
        duration_hours=attributes.duration_hours(reading, match),
        side=attributes.side(reading, match),
        text=words.text[start:end],
        start=start,
        end=end,
    )


def _said_already(finding: Finding, known: Sequence[tuple[str, int, int]]) -> bool:
    """Whether the language the message is in found it in the same words ("sepsis"): that one knows the context."""
    return any(finding.id == id_ and finding.start < end and start < finding.end for id_, start, end in known)
