"""Checking packs: the shipped one is clean, and every kind of mistake is found in its file and line."""

import shutil
from pathlib import Path

import pytest
import yaml

from careline.domain.errors import NotFound, PackInvalid
from careline.packs.check import check_pack
from careline.packs.load import SHIPPED, find_pack, load_pack
from careline.scheduling.calendar import read_calendar

SHIPPED_PACK = SHIPPED / "istanbul_medic"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED_PACK, tmp_path / "clinic"))


def change(pack: Path, file: str, old: str, new: str) -> int:
    """Replaces the first occurrence; the line it is in."""
    path = pack / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_pack_is_clean() -> None:
    assert check_pack(SHIPPED_PACK, read_calendar) == []


def test_a_valid_pack_is_loaded_whole() -> None:
    pack = load_pack(SHIPPED_PACK)
    assert pack.persona.name == "Anna"
    assert set(pack.languages) == {"en", "tr"}
    assert pack.language("tr-TR") == "tr"
    assert pack.language("de") == "en"
    assert pack.flows["book_consultation"].needs_consent


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("pack.yaml", "default_agent: scheduling", "default_agent: bob", "no agent 'bob'"),
        ("pack.yaml", "flow: book_consultation", "flow: nothing", "no flow 'nothing'"),
        ("pack.yaml", "- name: scheduling", f"- name: {'s' * 51}", "<= 50"),
        ("pack.yaml", 'version: "2026-11"', f"version: '{'1' * 65}'", "<= 64"),
        ("pack.yaml", "service: online_consultation", "service: surgery", "no service 'surgery'"),
        ("pack.yaml", "Europe/Istanbul", "Europe/Nowhere", "no such time zone"),
        ("pack.yaml", "country: TR", "country: Turkey", "two capital letters"),
        ("pack.yaml", 'version: "1"', 'versoin: "1"', "versoin"),
        ("pack.yaml", "    tr: yapay zekâ danışma asistanı", "    de: KI-Assistentin", "no text in 'tr'"),
        ("pack.yaml", "understanding: true", "understanding: yes please", "bool"),
        ("pack.yaml", "understanding: true", "understands: true", "understands"),
        ("pack.yaml", "understanding: true", "redact: sometimes", "sometimes"),
        ("pack.yaml", "understanding: true", "rephrase: [ask_consent]", "'ask_consent' is never put into other words"),
        ("pack.yaml", "understanding: true", "rephrase: [confirm_booking]", "'confirm_booking' is never put"),
        ("pack.yaml", "understanding: true", "rephrase: [greeting]", "'greeting' is never put"),
        ("pack.yaml", "understanding: true", "rephrase: [calendar_unavailable]", "'calendar_unavailable' is never put"),
        ("pack.yaml", "understanding: true", "rephrase: [resume_question]", "'resume_question' is never put"),
        ("pack.yaml", "understanding: true", "rephrase: [got_contact]", "'got_contact' is never put"),
        ("pack.yaml", "understanding: true", "rephrase: [what_to_change]", "'what_to_change' is never put"),
        ("pack.yaml", "understanding: true", "rephrase: [sing_a_song]", "there is no such reply"),
        ("slots.yaml", "type: procedure", "type: proceedure", "no slot type 'proceedure'"),
        ("flows/book_consultation.yaml", "collect: procedure", "collect: operation", "no slot 'operation'"),
        (
            "flows/book_consultation.yaml",
            "ask: ask_country",
            "ask: ask_planet",
            "no language has the reply 'ask_planet'",
        ),
        ("flows/book_consultation.yaml", "action: infer_time_zone", "action: guess_zone", "no action 'guess_zone'"),
        ("flows/book_consultation.yaml", "go: refused", "go: nowhere", "no step 'nowhere'"),
        ("flows/book_consultation.yaml", "taken: offer", "taken: offre", "no step 'offre'"),
        ("flows/book_consultation.yaml", "{say: booked}", "{says: booked}", "exactly one of"),
        ("flows/book_consultation.yaml", "{say: booked}", "{say: booked, loud: true}", "loud"),
        ("flows/cancel_booking.yaml", "  tr: görüşmenizin iptali", "  de: Absage", "no text in 'tr'"),
        ("replies/tr.yaml", "{first_name}! Ben", "{forename}! Ben", "nothing fills {forename}"),
        ("replies/tr.yaml", "Memnun oldum, {first_name}.", "Memnun oldum.", "other {fields}"),
        ("replies/en.yaml", '"Nice to meet you, {first_name}."', '"Hi {clinic.phone} {first_name}"', "{clinic.phone}"),
        ("replies/en.yaml", "You're very welcome.", "I'm a real person, you're welcome.", "may not claim"),
        ("replies/en.yaml", "You're very welcome.", "I am a licensed nurse.", "may not claim"),
        ("replies/tr.yaml", "Rica ederim.", "Rica ederim, ben doktorum.", "may not claim"),
        ("replies/tr.yaml", "Rica ederim.", "Yapay zekâ değilim.", "may not claim"),
        ("procedures.yaml", "id: rhinoplasty", "id: hair_transplant", "used twice"),
        ("knowledge.yaml", "answer:", "reply:", "reply"),
        ("calendar.yaml", "minutes: 30", "minutes: soon", "minutes"),
        ("calendar.yaml", "09:00-12:30", "09:00-99:30", "mon"),
    ],
)
def test_a_mistake_is_found_where_it_is(pack: Path, file: str, old: str, new: str, said: str) -> None:
    line = change(pack, file, old, new)
    problems = check_pack(pack, read_calendar)
    hits = [p for p in problems if said.casefold() in p.message.casefold()]
    assert hits, problems
    assert hits[0].file == file
    assert abs(hits[0].line - line) <= 2, (hits[0], line)


def test_a_missing_reply_of_one_language_is_named(pack: Path) -> None:
    texts = yaml.safe_load((pack / "replies/tr.yaml").read_text(encoding="utf-8"))
    del texts["ask_country"]
    (pack / "replies/tr.yaml").write_text(yaml.safe_dump(texts, allow_unicode=True), encoding="utf-8")
    assert [str(p) for p in check_pack(pack)] == ["replies/tr.yaml:1: The reply 'ask_country' is missing."]


@pytest.mark.parametrize("name", ["pack.yaml", "slots.yaml", "knowledge.yaml", "calendar.yaml", "replies/en.yaml"])
def test_a_missing_file_is_named(pack: Path, name: str) -> None:
    (pack / name).unlink()
    assert f"{name}:1: The file is missing." in [str(p) for p in check_pack(pack)]


def test_broken_yaml_and_double_keys_have_their_line(pack: Path) -> None:
    with (pack / "replies/en.yaml").open("a", encoding="utf-8") as file:
        file.write('ask_name: "again"\n')
    (pack / "slots.yaml").write_text("name: {type: name\nnext: [", encoding="utf-8")
    problems = {p.file: p for p in check_pack(pack)}
    assert "twice" in problems["replies/en.yaml"].message
    assert problems["replies/en.yaml"].line > 100
    assert "YAML" in problems["slots.yaml"].message


def test_loading_a_broken_pack_tells_all_that_is_wrong(pack: Path) -> None:
    change(pack, "pack.yaml", "default_agent: scheduling", "default_agent: bob")
    change(pack, "flows/book_consultation.yaml", "action: infer_time_zone", "action: guess_zone")
    with pytest.raises(PackInvalid) as raised:
        load_pack(pack)
    assert "clinic/pack.yaml:" in str(raised.value)
    assert "clinic/flows/book_consultation.yaml:" in str(raised.value)


def test_an_own_folder_goes_before_the_shipped_packs(pack: Path, tmp_path: Path) -> None:
    assert find_pack("clinic", tmp_path) == pack
    assert find_pack("istanbul_medic", tmp_path) == SHIPPED_PACK
    with pytest.raises(NotFound):
        find_pack("nowhere", None)
