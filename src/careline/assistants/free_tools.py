"""The tools of free conversation: what the model may ask for, its arguments checked before anything is done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from careline.assistants.free_marks import Marks
from careline.assistants.free_prompt import shown_passages
from careline.assistants.free_quotes import is_claimed, is_quoted
from careline.assistants.free_turns import HANDOFF
from careline.domain.errors import Unavailable
from careline.domain.events import Tool
from careline.domain.patient import Fact, Topic
from careline.ports import Passage, Retriever, Scheduling, ToolCall, ToolSpec, Window

T = TypeVar("T")
Urgent = Literal["consultation", "consultation_24", "emergency", "emergency_ambulance"]
KINDS = ("general", "cardiac", "bleeding", "seizure", "anaphylaxis", "burn", "poisoning", "self_harm")
RAISING = "raise_urgency"
MOST_SLOTS = 6
MOST_FACTS = 20
_EMERGENCIES = ("emergency", "emergency_ambulance")
_PARTS = {"any": None, "morning": (8 * 60, 12 * 60), "afternoon": (12 * 60, 17 * 60), "evening": (17 * 60, 21 * 60)}

Text = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class _Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class FindSlots(_Arguments, frozen=True):
    """Look up free consultation times, from a day on. Books nothing."""

    start: date
    days: Annotated[int, msgspec.Meta(ge=1, le=31)] = 7
    part: Literal["any", "morning", "afternoon", "evening"] = "any"


class StartFlow(_Arguments, frozen=True):
    """Begin the dialogue that does this; it asks the person everything itself. Your answer ends with this call."""

    flow: str


class SearchKnowledge(_Arguments, frozen=True):
    """Search the health articles, in a few English words, when the passages given do not answer the question."""

    query: Text


class RememberFact(_Arguments, frozen=True):
    """Note what the person just said of their own health. `quote` is a part of their message, word for word, and
    `name` the condition, medicine or substance as it stands in that quote."""

    topic: Literal["condition", "medication", "allergy"]
    name: Text
    quote: Text


class HandOff(_Arguments, frozen=True):
    """Ask a person of the clinic to take over. Your answer ends with this call."""


class RaiseUrgency(msgspec.Struct, frozen=True):
    """Say that it is more urgent than was found: consultation (see a doctor), consultation_24 (within a day),
    emergency (hospital now), emergency_ambulance (call an ambulance). `kind` chooses what is said."""

    # Read leniently: a slip in what is only useful must not keep an emergency from being one.

    level: Urgent
    kind: str = "general"
    reason: str = ""


class Answered(msgspec.Struct, frozen=True):
    """What a call came to: `text` goes back to the model. `wish` and `urgent` end the model's part of the turn; an
    urgency `raised` to does not."""

    text: str
    outcome: str = "done"
    wish: str | None = None
    urgent: RaiseUrgency | None = None
    raised: Urgent | None = None


class Toolbox(msgspec.Struct, frozen=True, kw_only=True):
    """What the tools work on in one turn. Without a calendar there is no looking up of times, without flows none to
    begin. `show` words a time for the person; `said` is the person's message; `zone` is where they are; `safe`
    leaves out of a passage what they should not be told."""

    now: datetime
    said: str
    zone: str
    marks: Marks
    retriever: Retriever | None = None
    scheduling: Scheduling | None = None
    service: str = ""
    show: Callable[[datetime], str] = datetime.isoformat
    safe: Callable[[Passage], Passage] = lambda passage: passage
    flows: Mapping[str, str] = {}
    facts: list[Fact] = []
    raised: list[RaiseUrgency] = []


def specs(box: Toolbox, *, handoff: bool = True) -> tuple[ToolSpec, ...]:
    """The tools that this turn has."""
    raising = _spec(RAISING, RaiseUrgency, {"kind": {"type": "string", "enum": list(KINDS)}})
    found = [raising, _spec("remember_profile_fact", RememberFact)]
    if box.retriever is not None:
        found.append(_spec("search_knowledge", SearchKnowledge))
    if box.scheduling is not None:
        found.append(_spec("find_slots", FindSlots))
    if box.flows:
        about = "; ".join(f"{name}: {title}" for name, title in box.flows.items())
        flow = {"type": "string", "enum": list(box.flows), "description": about}
        found.append(_spec("start_flow", StartFlow, {"flow": flow}))
    if handoff:
        found.append(_spec("hand_off", HandOff))
    return tuple(found)


def _spec(name: str, kind: type[msgspec.Struct], instead: Mapping[str, dict[str, Any]] | None = None) -> ToolSpec:
    """The tool with the arguments of this type; `instead` are schemas of some of them that only the turn knows."""
    schema = _schema(kind)
    parameters = {**schema, "properties": {**schema["properties"], **(instead or {})}, "additionalProperties": False}
    return ToolSpec(name, " ".join((kind.__doc__ or "").split()), parameters)


@cache
def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    _, found = msgspec.json.schema_components([kind])
    return {key: value for key, value in found[kind.__name__].items() if key in ("type", "properties", "required")}


class BadArguments(Exception):
    """The arguments are not what the tool takes. The text tells the model what is wrong, and holds no value."""


async def use(box: Toolbox, call: ToolCall, offered: Sequence[ToolSpec]) -> tuple[Answered, Tool]:
    """Does what was asked for. Raises BadArguments; that a calendar is away is an answer."""
    if call.name not in {spec.name for spec in offered}:
        raise BadArguments(f"There is no tool of this name. There are: {', '.join(spec.name for spec in offered)}.")
    kind, work = _TOOLS[call.name]
    try:
        answered = await work(box, _read(call.arguments, kind))
    except OverflowError:
        raise BadArguments("The arguments are not right: there is no such day.") from None
    except Unavailable:
        answered = Answered("This cannot be looked up right now.", "unavailable")
    return answered, Tool(call.name, answered.outcome)


def is_emergency(call: ToolCall) -> bool:
    """Whether the model calls an emergency with it."""
    if call.name != RAISING:
        return False
    try:
        return _read(call.arguments, RaiseUrgency).level in _EMERGENCIES
    except BadArguments:
        return False


def _read(arguments: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(arguments.strip() or "{}", type=kind)
    except msgspec.ValidationError as error:
        raise BadArguments(f"The arguments are not right: {error}.") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadArguments("The arguments are not JSON.") from None


async def _find_slots(box: Toolbox, wanted: FindSlots) -> Answered:
    if box.scheduling is None:
        return Answered("This cannot be looked up right now.", "unavailable")
    zone = ZoneInfo(box.zone)
    first = max(datetime.combine(wanted.start, time(), zone).astimezone(UTC), box.now)
    window = Window(first, first + timedelta(days=wanted.days), box.zone, _PARTS[wanted.part])
    found = await box.scheduling.slots(box.service, window, box.now, MOST_SLOTS)
    times = list(dict.fromkeys(box.show(slot.starts_at) for slot in found))
    if not times:
        return Answered("No free times there.", "none")
    return Answered("Free times:\n" + "\n".join(f"- {one}" for one in times), "found")


async def _search(box: Toolbox, wanted: SearchKnowledge) -> Answered:
    if box.retriever is None:
        return Answered("Nothing more was found.", "none")
    found = await box.retriever.search(wanted.query, limit=3)
    safe = [one for one in map(box.safe, found) if one.sentences]
    fresh = [one for one in safe if one not in box.marks.passages]
    if not fresh:
        return Answered("Nothing more was found.", "none")
    return Answered(shown_passages(fresh, box.marks.offer(fresh)), "found")


async def _start_flow(box: Toolbox, wanted: StartFlow) -> Answered:
    if wanted.flow not in box.flows:
        raise BadArguments(f"There is no such dialogue. There are: {', '.join(box.flows)}.")
    return Answered("", wanted.flow, wish=wanted.flow)


async def _hand_off(box: Toolbox, wanted: HandOff) -> Answered:
    return Answered("", "asked", wish=HANDOFF)


async def _remember(box: Toolbox, wanted: RememberFact) -> Answered:
    """Only in the person's own words, and nothing that they deny, ask or say of somebody else."""
    if not is_quoted(wanted.quote, box.said) or not is_quoted(wanted.name, wanted.quote):
        raise BadArguments("quote must stand in the person's message word for word, and name in the quote.")
    if not is_claimed(wanted.quote, box.said):
        return Answered("Not noted: it was denied, supposed or asked, or is of somebody else.", "refused")
    topic: Topic = wanted.topic
    detail = "other" if topic == "allergy" else None
    if len(box.facts) < MOST_FACTS:
        box.facts.append(Fact(topic, "said", wanted.name.strip(), detail))
    return Answered("Noted.", "noted")


async def _raise(box: Toolbox, wanted: RaiseUrgency) -> Answered:
    if wanted.kind not in KINDS:
        wanted = msgspec.structs.replace(wanted, kind="general")
    box.raised.append(wanted)
    if wanted.level in _EMERGENCIES:
        return Answered("", wanted.level, urgent=wanted)
    when = "within a day" if wanted.level == "consultation_24" else "in the next days"
    told = f"The person is told to see a doctor {when}. Do not repeat it, and do not play it down."
    return Answered(told, wanted.level, raised=wanted.level)


_Work = Callable[[Toolbox, Any], Awaitable[Answered]]
_TOOLS: dict[str, tuple[type[msgspec.Struct], _Work]] = {
    "find_slots": (FindSlots, _find_slots),
    "start_flow": (StartFlow, _start_flow),
    "search_knowledge": (SearchKnowledge, _search),
    "remember_profile_fact": (RememberFact, _remember),
    "hand_off": (HandOff, _hand_off),
    RAISING: (RaiseUrgency, _raise),
}
