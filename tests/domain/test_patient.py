"""The patient profile: what is read, what is refused, and how layers merge."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.domain.errors import Invalid
from careline.domain.patient import (
    MOST_FACTS,
    MOST_ITEMS,
    Fact,
    KnownProfile,
    Medication,
    PatientProfile,
    Pregnancy,
    merge,
    read_profile,
)

DAY = date(2026, 11, 21)
DOCUMENTED = {
    "age": 45,
    "chronic_conditions": ["diabetes", "hypertension"],
    "current_medications": [{"name": "Metformin", "dose": "1000mg"}],
    "allergies": {"drug": ["penicillin"]},
}


def test_the_documented_profile() -> None:
    assert read_profile(DOCUMENTED) == PatientProfile(
        age=45,
        chronic_conditions=("diabetes", "hypertension"),
        current_medications=(Medication("Metformin", "1000mg"),),
        allergies={"drug": ("penicillin",)},
    )


def test_it_is_partial_and_unknown_keys_are_ignored() -> None:
    nulls = dict.fromkeys(
        ("age", "sex", "pregnancy", "chronic_conditions", "current_medications", "allergies", "shoe_size")
    )
    assert read_profile({}) == read_profile(nulls) == read_profile({"shoe_size": [1]}) == PatientProfile()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, Pregnancy(True)),
        (False, Pregnancy(False)),
        (30, Pregnancy(True, 30)),
        ("30 weeks", Pregnancy(True, 30)),
        (" 12.5 ", Pregnancy(True, 12.5)),
        ("Pregnant", Pregnancy(True)),
        ("no", Pregnancy(False)),
        ({"weeks": 12.5}, Pregnancy(True, 12.5)),
        ({"pregnant": True, "weeks": None}, Pregnancy(True)),
        ({"pregnant": False, "weeks": 12}, Pregnancy(False)),
    ],
)
def test_pregnancy(value: Any, expected: Pregnancy) -> None:
    assert read_profile({"pregnancy": value}).pregnancy == expected


def test_an_allergen_is_listed_once_and_kinds_that_are_the_same_are_one() -> None:
    found = read_profile({"allergies": {"drug": ["penicillin"], " drug ": ["aspirin"], "other": ["Penicillin"]}})
    assert found.allergies == {"drug": ("penicillin", "aspirin")}


def test_words_are_tidied_and_repetitions_dropped() -> None:
    found = read_profile(
        {
            "sex": " F ",
            "chronic_conditions": ["  type 2\n diabetes ", "Type 2 Diabetes", "a\u0000b\u200b"],
            "current_medications": ["Warfarin", {"name": "warfarin", "dose": "5 mg"}],
        }
    )
    assert found.sex == "female"
    assert found.chronic_conditions == ("type 2 diabetes", "ab")
    assert found.current_medications == (Medication("Warfarin"),)


SECRET = "hiv"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "patient_profile must be an object"),
        ({"age": -1}, "patient_profile.age must be a number from 0 to 130"),
        ({"age": 131}, "patient_profile.age"),
        ({"age": "45"}, "patient_profile.age"),
        ({"age": True}, "patient_profile.age"),
        ({"age": float("nan")}, "patient_profile.age"),
        ({"age": 10**400}, "patient_profile.age"),
        ({"sex": SECRET}, "patient_profile.sex must be female, male or other"),
        ({"sex": 1}, "patient_profile.sex"),
        ({"pregnancy": 45}, "patient_profile.pregnancy"),
        ({"pregnancy": "99 weeks"}, "patient_profile.pregnancy"),
        ({"pregnancy": SECRET}, "patient_profile.pregnancy"),
        ({"pregnancy": {"pregnant": "yes"}}, "patient_profile.pregnancy.pregnant"),
        ({"pregnancy": {"weeks": -2}}, "patient_profile.pregnancy.weeks"),
        ({"chronic_conditions": SECRET}, "patient_profile.chronic_conditions must be a list"),
        ({"chronic_conditions": [SECRET, 1]}, "patient_profile.chronic_conditions[1] must be a text"),
        ({"chronic_conditions": [" "]}, "patient_profile.chronic_conditions[0] must have 1 to 120 characters"),
        ({"chronic_conditions": [SECRET * 41]}, "patient_profile.chronic_conditions[0]"),
        ({"chronic_conditions": [SECRET] * 51}, "patient_profile.chronic_conditions must have at most 50"),
        ({"current_medications": {"name": SECRET}}, "patient_profile.current_medications must be a list"),
        ({"current_medications": [{"dose": SECRET}]}, "patient_profile.current_medications[0].name"),
        ({"current_medications": [{"name": "a", "dose": 5}]}, "patient_profile.current_medications[0].dose"),
        ({"current_medications": [[]]}, "patient_profile.current_medications[0] must be an object"),
        ({"allergies": [SECRET]}, "patient_profile.allergies must be an object"),
        ({"allergies": {"drug": SECRET}}, "patient_profile.allergies.drug must be a list"),
        ({"allergies": {f"{SECRET} {SECRET}": 1}}, "patient_profile.allergies.* must be a list"),
        ({"allergies": {str(n): [] for n in range(11)}}, "patient_profile.allergies must have at most 10"),
    ],
)
def test_what_is_refused_is_named_and_never_repeated(data: Any, says: str) -> None:
    with pytest.raises(Invalid) as error:
        read_profile(data)
    assert says in str(error.value)
    assert SECRET not in str(error.value)


names = st.sampled_from(["diabetes", "Diabetes", "asthma", "warfarin", "penicillin", "İlaç", "ß", "SS"])
numbers = st.none() | st.floats(0, 44, allow_nan=False)
origins = st.sampled_from(["message", "said", "stored", "clinician"])
days = st.none() | st.dates(DAY - timedelta(days=700), DAY)
listed = st.builds(
    Fact,
    st.sampled_from(["condition", "medication", "allergy"]),
    origins,
    names,
    st.none() | st.sampled_from(["drug", "food"]),
    withdrawn=st.booleans(),
    noted_on=days,
)
single = st.one_of(
    st.builds(Fact, st.just("age"), origins, number=st.floats(0, 130), noted_on=days),
    st.builds(Fact, st.just("sex"), origins, detail=st.sampled_from(["female", "male"]), noted_on=days),
    st.builds(Fact, st.just("pregnancy"), origins, number=numbers, withdrawn=st.booleans(), noted_on=days),
)
facts = st.one_of(listed, single)
layers = st.lists(facts, max_size=12).map(lambda found: merge(KnownProfile(tuple(found))))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(["age", "sex", "pregnancy", "chronic_conditions", "current_medications", "allergies"])


@given(layers)
def test_nothing_merged_with_something_is_that(known: KnownProfile) -> None:
    assert merge(known, KnownProfile()) == merge(KnownProfile(), known) == merge(known, known) == known


@given(layers, layers)
def test_one_fact_about_each_thing_and_no_thing_is_lost(before: KnownProfile, after: KnownProfile) -> None:
    merged = merge(before, after)
    keys = [fact.key for fact in merged.facts]
    assert len(keys) == len(set(keys))
    assert set(keys) == {fact.key for fact in (*before.facts, *after.facts)}


@given(layers, layers, layers)
def test_merging_at_once_is_merging_step_by_step(one: KnownProfile, two: KnownProfile, three: KnownProfile) -> None:
    assert merge(one, two, three) == merge(merge(one, two), three)


@given(layers, layers)
def test_the_later_word_counts_except_against_a_clinician(before: KnownProfile, after: KnownProfile) -> None:
    earlier = {fact.key: fact for fact in before.facts}
    merged = {fact.key: fact for fact in merge(before, after).facts}
    for fact in after.facts:
        old = earlier.get(fact.key)
        in_writing = old is not None and old.origin == "clinician" and not old.withdrawn
        if in_writing and fact.origin != "clinician" and fact.topic in {"condition", "medication", "allergy"}:
            assert merged[fact.key] == old
        else:
            found = merged[fact.key]
            assert (found.origin, found.withdrawn, found.number) == (fact.origin, fact.withdrawn, fact.number)
            assert fact.detail is None or found.detail == fact.detail


@given(layers)
def test_silence_denies_nothing(known: KnownProfile) -> None:
    empty: dict[str, object] = {
        "chronic_conditions": [],
        "current_medications": [],
        "allergies": {"drug": []},
        "age": None,
    }
    assert merge(known, read_profile(empty).facts("message")) == known


@given(layers, st.integers(0, 400), st.integers(0, 400))
def test_time_passes_the_same_in_one_step_or_two(known: KnownProfile, first: int, second: int) -> None:
    there = known.as_of(DAY + timedelta(days=first)).as_of(DAY + timedelta(days=first + second))
    at_once = known.as_of(DAY + timedelta(days=first + second))
    assert [fact.key for fact in there.facts] == [fact.key for fact in at_once.facts]
    for stepped, direct in zip(there.facts, at_once.facts, strict=True):
        if direct.number is not None:
            assert stepped.number == pytest.approx(direct.number, abs=0.11)


@given(st.dictionaries(fields, json_values, max_size=6) | json_values)
def test_any_json_is_read_or_refused_with_one_clear_line(data: Any) -> None:
    try:
        profile = read_profile(data)
    except Invalid as error:
        refusal = str(error)
    else:
        assert profile.facts("message").profile == profile
        return
    assert refusal.startswith("patient_profile")
    assert "\n" not in refusal


def test_later_layers_win_and_say_where_they_come_from() -> None:
    stored = PatientProfile(age=50, sex="female", chronic_conditions=("asthma",)).facts("said").from_storage()
    said = PatientProfile(age=51, current_medications=(Medication("Warfarin"),)).facts("said")
    message = read_profile({"pregnancy": 30, "current_medications": [{"name": "warfarin", "dose": "5 mg"}]})
    known = merge(stored, said, message.facts("message"))
    assert {fact.topic: fact.origin for fact in known.facts} == {
        "sex": "stored",
        "condition": "stored",
        "age": "said",
        "pregnancy": "message",
        "medication": "message",
    }
    assert known.profile == PatientProfile(
        age=51,
        sex="female",
        pregnancy=Pregnancy(True, 30),
        chronic_conditions=("asthma",),
        current_medications=(Medication("warfarin", "5 mg"),),
    )


def test_a_dose_known_before_is_kept_when_only_the_name_is_said() -> None:
    before = PatientProfile(current_medications=(Medication("Warfarin", "5 mg"),)).facts("stored")
    again = merge(before, PatientProfile(current_medications=(Medication("warfarin"),)).facts("said"))
    assert again.profile.current_medications == (Medication("warfarin", "5 mg"),)


def test_every_fact_can_be_corrected() -> None:
    known = read_profile(DOCUMENTED | {"sex": "f", "pregnancy": True}).facts("message")
    for fact in known.facts:
        known = known.without(fact.topic, fact.name, "said")
    assert known.profile == PatientProfile(pregnancy=Pregnancy(False))
    back = merge(known, read_profile({"chronic_conditions": ["Diabetes"]}).facts("message"))
    assert back.profile.chronic_conditions == ("Diabetes",)


def test_only_a_clinician_withdraws_what_a_clinician_recorded() -> None:
    known = PatientProfile(allergies={"drug": ("penicillin",)}).facts("clinician")
    assert known.without("allergy", "Penicillin", "message") == known
    gone = known.without("allergy", "Penicillin", "clinician")
    assert gone.profile == PatientProfile()
    again = merge(gone, PatientProfile(allergies={"drug": ("penicillin",)}).facts("said"))
    assert again.profile.allergies == {"drug": ("penicillin",)}


def test_a_pregnancy_grows_and_ends_and_people_grow_older() -> None:
    known = PatientProfile(age=29.5, pregnancy=Pregnancy(True, 30)).facts("stored", DAY)
    soon = known.as_of(DAY + timedelta(weeks=6)).profile
    assert soon.pregnancy == Pregnancy(True, 36)
    assert soon.age == pytest.approx(29.6, abs=0.05)
    later = known.as_of(DAY + timedelta(weeks=20)).profile
    assert later.pregnancy is None
    unmeasured = PatientProfile(pregnancy=Pregnancy(True)).facts("stored", DAY)
    assert unmeasured.as_of(DAY + timedelta(weeks=30)).profile.pregnancy == Pregnancy(True)
    assert unmeasured.as_of(DAY + timedelta(weeks=45)).profile.pregnancy is None
    assert known.as_of(DAY - timedelta(days=3)) == known


def test_what_is_kept_is_bounded_and_a_clinicians_word_is_in_it() -> None:
    known = PatientProfile(sex="male", allergies={"drug": ("penicillin",)}).facts("clinician")
    for part in range(0, MOST_FACTS * 2, MOST_ITEMS):
        conditions = tuple(f"condition {number}" for number in range(part, part + MOST_ITEMS))
        known = merge(known, PatientProfile(chronic_conditions=conditions).facts("said"))
    assert len(known.facts) == MOST_FACTS
    assert known.profile.allergies == {"drug": ("penicillin",)}
    assert known.profile.sex == "male"
    assert known.profile.chronic_conditions[-1] == f"condition {MOST_FACTS * 2 - 1}"
