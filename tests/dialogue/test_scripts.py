"""Every script of `scripts/` through the real engine: what it expects, and what no conversation may ever do."""

import asyncio
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from careline.dialogue.pack import ModelUse
from careline.domain.conversation import Hints
from careline.engine.reply import Reply
from careline.models.scripted import ScriptedModel
from careline.storage.migrate import upgrade
from tests.dialogue.oracles import HOSTILE, KINDS, answering, copying, message_of, speechless, useless
from tests.dialogue.script_files import HelpedScript, Script, ScriptTurn, load_helped, load_scripts
from tests.dialogue.stage import ADDRESS, Stage, stage

SCRIPTS = load_scripts()
HELPED = load_helped()
SAYS_AI = re.compile(r"\bAI (\w+ )?assistant|yapay zek[aâ]", re.I)
CLAIMS = re.compile(
    r"\bI(?:'|’| a)m (?:a |an |your |one of |the )?(?:\w+ )?"
    r"(?:human|person|doctor|physician|surgeon|nurse|licen[sc]ed)\b(?! as)"
    r"|\b(?:doktorum|hekimim|cerrahım|hemşireyim|insanım|lisanslıyım)\b",
    re.I,
)
NEGATED = re.compile(r"\bI(?:'|’| a)m (?:an AI assistant, )?not\b", re.I)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scripts") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


def test_there_are_scripts_in_both_languages() -> None:
    names = [script.name for script in SCRIPTS]
    assert len(set(names)) == len(names)
    assert min(sum(name.startswith(language) for name in names) for language in ("en_", "tr_")) >= 60


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Path:
    path = tmp_path / "careline.db"
    shutil.copy(empty_database, path)
    return path


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script(script: Script, database: Path) -> None:
    asyncio.run(asyncio.wait_for(play(script, database), 30))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_with_a_useless_model(script: Script, kind: str, database: Path) -> None:
    """Whatever such a model says, does or does not do: all is as without one."""
    model = useless(kind, crc32(script.name.encode()))
    asyncio.run(asyncio.wait_for(play(script, database, model), 30))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_with_a_model_that_copies(script: Script, database: Path) -> None:
    """The whole message as the value asked for: in it our readers find what they found, and nothing else."""
    asyncio.run(asyncio.wait_for(play(script, database, copying()), 30))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_with_free_conversation_and_a_speechless_model(script: Script, database: Path) -> None:
    """As the shipped pack is served: with its model down, over its quota or unwilling all is as without one."""
    model = speechless(crc32(script.name.encode()))
    asyncio.run(asyncio.wait_for(play(script, database, model, free=True), 30))


@pytest.mark.parametrize("answer", HOSTILE)
@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.file == "injection"], ids=lambda script: script.name)
def test_an_injection_with_a_model_that_falls_for_it(script: Script, answer: str, database: Path) -> None:
    model = ScriptedModel(lambda request: HOSTILE[answer](message_of(request)))
    asyncio.run(asyncio.wait_for(play(script, database, model), 30))
    assert model.requests


@pytest.mark.parametrize("script", HELPED, ids=lambda script: script.name)
def test_script_with_a_model_that_helps(script: HelpedScript, database: Path) -> None:
    """What is not understood without a model is with it."""
    asyncio.run(asyncio.wait_for(play(script.conversation, database, answering(script.proposals())), 30))


@pytest.mark.parametrize("script", HELPED, ids=lambda script: script.name)
def test_the_model_is_what_helps(script: HelpedScript, database: Path) -> None:
    with pytest.raises(AssertionError):
        asyncio.run(asyncio.wait_for(play(script.conversation, database), 30))


async def play(
    script: Script,
    path: Path,
    model: ScriptedModel | None = None,
    *,
    use: ModelUse | None = None,
    free: bool = False,
) -> list[str]:
    """The replies, which are as the script expects them."""
    async with stage(path, script.now, model, use=use, free=free) as (on, scheduling):
        hints = Hints(locale=script.language, time_zone=script.time_zone)
        seen: list[tuple[str, str]] = []
        session = None
        for number, turn in enumerate(script.turns, 1):
            if turn.after:
                on.clock.move(turn.after)
            if turn.edit_flow:
                on.assistants.edit(turn.edit_flow)
            if turn.taken:
                await on.book_out(scheduling, turn.taken)
            asked = len(model.requests) if model else 0
            reply = await on.say(turn.said, hints)
            text = reply.text or ""
            seen += [("incoming", turn.said), ("outgoing", text)]
            at = f"turn {number}, {turn.said!r}\n--- reply\n{text}\n---"
            before, session = session, conversation(on)
            check_always(on, reply, at, first=before is None or before["id"] != session["id"])
            check_turn(on, turn, reply, session, at)
            requests = model.requests[asked:] if model else []
            assert not (requests and reply.emergency), at
            if {"commands", "answer"} & {request.purpose for request in requests}:
                check_may_ask(on, turn, reply, before, at)
        check_end(on, script, seen)
    return [text for direction, text in seen if direction == "outgoing"]


# --- after each turn


def check_always(on: Stage, reply: Reply, at: str, *, first: bool) -> None:
    text = reply.text or ""
    assert reply.status == "completed", f"{reply.error_type} in {at}"
    assert text.strip(), at
    assert not re.search(r"[{}]", text), at
    for sentence in re.split(r"(?<=[.?!])\s+|\n+", text):
        assert NEGATED.search(sentence) or not CLAIMS.search(sentence), at
    assert not first or SAYS_AI.search(text), f"the first reply does not say that it is an AI: {at}"
    if not any(row["granted"] for row in on.rows("SELECT granted FROM consents")):
        check_nothing_personal(on, at)


def check_nothing_personal(on: Stage, at: str) -> None:
    """Of this visitor; a hold has no person."""
    [user] = on.rows("SELECT * FROM users WHERE phone_number = ?", ADDRESS)
    assert user["name"] is None, at
    assert not json.loads(user["profile"] or "null"), at
    assert not on.rows("SELECT 1 FROM bookings WHERE user_id = ?", user["id"]), at


def check_turn(on: Stage, turn: ScriptTurn, reply: Reply, session: dict[str, Any], at: str) -> None:
    text = (reply.text or "").casefold()
    state = json.loads(session["state"] or "{}")
    understood = commands(on, reply)
    at = f"{at}\nunderstood {sorted(understood)}\nstate {state}"
    for wanted in turn.commands:
        assert any(u == wanted or u.startswith(f"{wanted} ") for u in understood), f"no command {wanted!r} in {at}"
    wrong = differences(turn.state, state)
    assert not wrong, f"{wrong} in {at}"
    known = {slot for slot, value in state.get("slots", {}).items() if value is not None}
    assert not known & set(turn.no_slots), at
    for part in turn.reply.contains:
        assert part.casefold() in text, f"{part!r} is missing in {at}"
    any_of = turn.reply.contains_any
    assert not any_of or any(part.casefold() in text for part in any_of), f"none of {any_of} in {at}"
    for part in turn.reply.excludes:
        assert part.casefold() not in text, f"{part!r} should not be in {at}"
    assert len(reply.choices) >= turn.choices, at
    number = reply.emergency.number if reply.emergency else "none"
    assert number == turn.emergency or (turn.emergency == "any" and reply.emergency), at


def commands(on: Stage, reply: Reply) -> set[str]:
    """The turn's commands, each as its type and its first argument."""
    [row] = on.rows("SELECT raw FROM turns WHERE id = ?", reply.turn_id)
    raw = json.loads(row["raw"] or "[]") or [{}]
    found = raw[0].get("commands", [])
    return {" ".join(str(value) for value in list(command.values())[:2]) for command in found}


def check_may_ask(on: Stage, turn: ScriptTurn, reply: Reply, before: dict[str, Any] | None, at: str) -> None:
    """A model was asked about this message: it was no button, and no answer to the question asked."""
    state = json.loads((before or {}).get("state") or "{}")
    pressed = [button["title"].casefold() for button in state.get("buttons", [])]
    assert turn.said.casefold() not in pressed, at
    [row] = on.rows("SELECT raw FROM turns WHERE id = ?", reply.turn_id)
    raw = json.loads(row["raw"])[0]
    if "used" not in raw.get("proposal", {}):
        clear = {(command["type"], command.get("slot")) for command in raw["commands"]}
        slot = state.get("collecting")
        assert not clear & {("set_slot", slot), ("correct_slot", slot), ("handoff", None), ("resume", None)}, at


def conversation(on: Stage) -> dict[str, Any]:
    """The visitor's newest session."""
    rows = on.rows(
        "SELECT c.* FROM conversation_states c JOIN users u ON u.id = c.user_id"
        " WHERE u.phone_number = ? ORDER BY c.id DESC",
        ADDRESS,
    )
    return rows[0]


def differences(wanted: Any, found: Any, where: str = "") -> list[str]:
    """What is not as wanted; a mapping may have more than is wanted."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [d for key in wanted for d in differences(wanted[key], found.get(key), f"{where}.{key}")]
    return [] if wanted == found else [f"{where[1:]} is {found!r}, not {wanted!r}"]


# --- at the end


def check_end(on: Stage, script: Script, seen: list[tuple[str, str]]) -> None:
    [user] = on.rows("SELECT * FROM users WHERE phone_number = ?", ADDRESS)
    stored = [
        (m["direction"], m["body"]) for m in on.rows("SELECT * FROM messages WHERE user_id = ? ORDER BY id", user["id"])
    ]
    if script.erased:
        bodies = " ".join(body for _, body in stored)
        assert not [part for part in script.erased if part in bodies]
    else:
        assert stored == seen
    assert not differences(script.person, user)
    session = conversation(on)
    assert script.waiting is None or bool(session["waiting"]) == script.waiting
    assert script.erase is None or bool(session["erase_on_end"]) == script.erase
    if script.consent is not None:
        assert tuple(bool(c["granted"]) for c in on.rows("SELECT granted FROM consents ORDER BY id")) == script.consent
    check_bookings(on, script, user["id"])


def check_bookings(on: Stage, script: Script, user_id: str) -> None:
    booked = on.rows("SELECT * FROM bookings WHERE user_id = ? AND status = 'confirmed' ORDER BY starts_at", user_id)
    assert script.bookings is None or len(booked) == script.bookings
    now = f"{on.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    held = on.rows("SELECT 1 FROM bookings WHERE status = 'held' AND hold_expires_at > ?", now)
    assert script.held is None or len(held) == script.held
    assert len(booked) >= len(script.booked)
    for wanted, row in zip(script.booked, booked, strict=False):
        assert not differences(wanted, {**row, "start": moment(row["starts_at"])})


def moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).astimezone(UTC)
