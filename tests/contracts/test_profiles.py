"""Health profiles on every engine: merged fact by fact, with the origin of each, and forgotten when asked."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from careline.domain.effects import EraseOnEnd, RecordConsent, RememberProfile
from careline.domain.errors import NotFound
from careline.domain.patient import Fact, Medication, PatientProfile, Pregnancy
from careline.storage.sql.ids import new_id
from careline.storage.sql.profiles import SqlProfiles
from tests.contracts.world import NOON, World, at, story

TODAY = NOON.date()
LATER = timedelta(days=14)
YES = RecordConsent("contact", True, "May we keep your data?", "2", "en-GB")
NO = RecordConsent("contact", False, "May we keep your data?", "2", "en-GB")
WARFARIN = Fact("medication", "said", "warfarin", "5 mg")
PENICILLIN = Fact("allergy", "message", "Penicillin", "drug")


@story
async def test_a_turn_remembers_and_the_next_one_knows(w: World) -> None:
    profiles = SqlProfiles(w.database)
    turn = await w.exchange(RememberProfile((WARFARIN, PENICILLIN, Fact("age", "said", number=40))))
    known = await profiles.get(turn.person_id, TODAY)
    assert known.profile == PatientProfile(
        age=40, current_medications=(Medication("warfarin", "5 mg"),), allergies={"drug": ("Penicillin",)}
    )
    assert {fact.origin for fact in known.facts} == {"stored"}
    assert {fact.noted_on for fact in known.facts} == {TODAY}


@story
async def test_facts_add_up_and_are_corrected(w: World) -> None:
    profiles = SqlProfiles(w.database)
    await w.exchange(RememberProfile((WARFARIN, PENICILLIN)))
    turn = await w.exchange(
        RememberProfile((Fact("medication", "said", "Warfarin", withdrawn=True), Fact("sex", "said", detail="female")))
    )
    known = await profiles.get(turn.person_id, TODAY)
    assert known.profile == PatientProfile(sex="female", allergies={"drug": ("Penicillin",)})
    assert [fact.withdrawn for fact in known.facts if fact.topic == "medication"] == [True]


@story
async def test_what_a_clinician_recorded_is_not_talked_away(w: World) -> None:
    profiles = SqlProfiles(w.database)
    turn = await w.exchange()
    recorded = Fact("allergy", "clinician", "penicillin", "drug")
    assert (await profiles.record(turn.person_id, [recorded], NOON)).facts[0].origin == "clinician"
    await w.exchange(RememberProfile((Fact("allergy", "said", "Penicillin", withdrawn=True),)))
    known = await profiles.get(turn.person_id, TODAY)
    assert known.profile.allergies == {"drug": ("penicillin",)}
    gone = Fact("allergy", "clinician", "penicillin", withdrawn=True)
    assert (await profiles.record(turn.person_id, [gone], NOON)).profile == PatientProfile()


@story
async def test_a_stored_pregnancy_goes_on_and_ends(w: World) -> None:
    profiles = SqlProfiles(w.database)
    turn = await w.exchange(RememberProfile((Fact("pregnancy", "said", number=30),)))
    assert (await profiles.get(turn.person_id, TODAY + LATER)).profile.pregnancy == Pregnancy(True, 32)
    assert (await profiles.get(turn.person_id, TODAY + 10 * LATER)).profile.pregnancy is None


@story
async def test_nothing_is_kept_of_somebody_who_refused(w: World) -> None:
    profiles = SqlProfiles(w.database)
    await w.exchange(NO)
    turn = await w.exchange(RememberProfile((WARFARIN,)))
    assert (await profiles.get(turn.person_id, TODAY)).facts == ()
    await w.exchange(YES, RememberProfile((WARFARIN,)))
    assert len((await profiles.get(turn.person_id, TODAY)).facts) == 1


@story
async def test_a_profile_is_a_persons_own_and_can_be_deleted(w: World) -> None:
    profiles = SqlProfiles(w.database)
    one = await w.exchange(RememberProfile((WARFARIN,)))
    two = await w.exchange(RememberProfile((PENICILLIN,)), device="two")
    await profiles.forget(one.person_id)
    await profiles.forget("nonsense")
    assert (await profiles.get(one.person_id, TODAY)).facts == ()
    assert len((await profiles.get(two.person_id, TODAY)).facts) == 1
    assert (await profiles.get("nonsense", TODAY)).facts == ()
    for nobody in ("nonsense", new_id()):
        with pytest.raises(NotFound):
            await profiles.record(nobody, [WARFARIN], NOON)


@story
async def test_erasing_a_session_without_consent_erases_the_profile(w: World) -> None:
    turn = await w.exchange(RememberProfile((WARFARIN,)), EraseOnEnd())
    assert await w.count("health_profiles") == 1
    assert await w.store.end_expired(NOON + timedelta(days=2), 10) == [turn.conversation_id]
    assert await w.count("health_profiles") == 0


@story
async def test_writers_at_once_lose_nothing(w: World) -> None:
    profiles = SqlProfiles(w.database)
    turn = await w.exchange()
    names = [f"condition {number}" for number in range(12)]
    await asyncio.gather(*(profiles.record(turn.person_id, [Fact("condition", "said", one)], NOON) for one in names))
    known = (await profiles.get(turn.person_id, TODAY)).profile
    assert sorted(known.chronic_conditions) == sorted(names)


@story
async def test_any_text_comes_back_as_it_was(w: World) -> None:
    profiles = SqlProfiles(w.database)
    turn = await w.exchange()
    name = 'Şeker hastalığı \U0001f9ec "quoted" \' ; -- {}'
    moment: datetime = at(3)
    known = await profiles.record(turn.person_id, [Fact("condition", "said", name, noted_on=date(2026, 1, 31))], moment)
    assert known.facts == (Fact("condition", "stored", name, noted_on=date(2026, 1, 31)),)
