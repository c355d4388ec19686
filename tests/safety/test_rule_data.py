"""The shipped data holds together: findings exist, rules cite, both languages name the same findings."""

from careline.safety.findings import Vitals
from careline.safety.triage import load_triage

TRIAGE = load_triage()
ENGLISH, TURKISH = TRIAGE.lexicons
IDS = {entry.id for entry in ENGLISH.findings}


def test_every_finding_of_a_rule_exists() -> None:
    used = {
        one
        for rule in TRIAGE.rules.rules
        for group in (*rule.all, rule.any, rule.without, *rule.ruled_out)
        for one in ([group] if isinstance(group, str) else group)
    }
    assert used - IDS == set()


def test_rule_ids_are_unique_and_every_rule_cites_a_known_source() -> None:
    rules = TRIAGE.rules.rules
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.citations, rule.id
        assert all(TRIAGE.rules.sources[key].url.startswith("https://") for key in rule.citations), rule.id


def test_vital_limits_name_vitals() -> None:
    for rule in TRIAGE.rules.rules:
        for limit in (*rule.vitals, *rule.any_vitals):
            name, _, bound = limit.rpartition("_")
            assert name in Vitals.__struct_fields__, rule.id
            assert bound in ("min", "max"), rule.id


def test_turkish_findings_exist_in_english() -> None:
    assert {entry.id for entry in TURKISH.findings} - IDS == set()


def test_every_english_finding_has_a_name() -> None:
    assert [entry.id for entry in ENGLISH.findings if not entry.name] == []
