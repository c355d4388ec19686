"""From text to findings: every language's lexicon is tried on every message."""

from collections.abc import Mapping, Sequence

import msgspec

from careline.safety import attributes
from careline.safety.context import context
from careline.safety.facts import read_facts
from careline.safety.findings import Finding, Scan
from careline.safety.lexicon import EVERYTHING, FindingEntry, Lexicon
from careline.safety.match import Match, Reading
from careline.safety.surroundings import Surroundings
from careline.safety.text import Words
from careline.safety.vitals import numbered_line, vitals_of

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
    findings = _with_denials(findings, {entry.id: entry.denies for entry in lexicons[0].findings if entry.denies})
    findings.sort(key=lambda finding: (finding.start, finding.id))
    facts = lexicons[0].fact_ids
    line = numbered_line(words.text)
    return Scan(language, tuple(findings), vitals_of(line), read_facts(line, findings, facts))


def _findings(reading: Reading) -> list[Finding]:
    matches = reading.matches()[:_MOST_FINDINGS]
    entries = reading.lexicon.findings
    # The words of a denial stay what they are for the findings in them: in "no chest pain" the no is still one.
    surroundings = Surroundings(reading, [match for match in matches if not entries[match.finding].denies])
    return [_finding(reading, surroundings, match, entries[match.finding]) for match in matches]


def _finding(reading: Reading, surroundings: Surroundings, match: Match, entry: FindingEntry) -> Finding:
    status, when, frame, who, relation = context(surroundings, match, entry)
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


def _with_denials(findings: list[Finding], denying: Mapping[str, list[str]]) -> list[Finding]:
    """Words that rule something out, as the absence of what they rule out; it is not there in the same words."""
    denials = [one for one in findings if one.id in denying and one.happening]
    ruled_out = list(
        {
            (flag, one.start): msgspec.structs.replace(one, id=flag, status="absent")
            for one in denials
            for flag in denying[one.id]
            if flag != EVERYTHING and not any(_inside(said, flag, one) for said in findings)
        }.values()
    )
    kept = [one for one in findings if one.id not in denying or (one in denials and EVERYTHING in denying[one.id])]
    return [*(one for one in kept if not any(_same_words(one, denied) for denied in ruled_out)), *ruled_out]


def _inside(said: Finding, flag: str, denial: Finding) -> bool:
    """What is said to be there within the words of a denial stays: "nefes alamıyorum bu normal mi"."""
    return said.id == flag and said.status == "present" and denial.start <= said.start and said.end < denial.end


def _same_words(finding: Finding, denied: Finding) -> bool:
    return finding.id == denied.id and finding.start < denied.end and denied.start < finding.end


def _said_already(finding: Finding, known: Sequence[tuple[str, int, int]]) -> bool:
    """Whether the language the message is in found it in the same words ("sepsis"): that one knows the context."""
    return any(finding.id == id_ and finding.start < end and start < finding.end for id_, start, end in known)
