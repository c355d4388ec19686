"""What a model is told of a conversation so far: the last exchanges, and a summary of what was before them.

However long the talk, a prompt holds at most about `RECENT` tokens of exchanges and a summary of `LONGEST_SUMMARY`
characters.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from careline.assistants import free_prompt
from careline.assistants.calls import ModelCalls
from careline.domain.conversation import Message
from careline.domain.errors import ModelUnavailable
from careline.ports import History, ModelMessage, ModelRequest, TurnContext

RECENT = 1_600
"""Tokens of exchanges in a prompt, about."""
KEPT = 800
"""Tokens of exchanges that stay as they were said when the ones before are summarised."""
MOST_AT_ONCE = 3_000
"""Tokens of exchanges that one summary takes in: more are there only when there was no model for long."""
MOST_TURNS = 30
LONGEST_MESSAGE = 1_500
MOST_NAMES = 20
LONGEST_SUMMARY = 1_200
SUMMARY_SECONDS = 8.0
PAUSE = 5
"""Turns without a new try after a summary that came to nothing: each try delays the end of a reply."""
_BYTES_OF_A_TOKEN = 3.5
_OF_A_MESSAGE = 4


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What free conversation keeps in a conversation's state: the summary, of all turns up to `through`, the urgency it
    has raised to, and what the person said of their health. `tried` is the last turn there was when a summary came to
    nothing. `names` are those people gave in turns that are in the summary: replies after them may still have them."""

    summary: str = ""
    through: str | None = None
    level: str | None = None
    facts: list[str] = []
    tried: str | None = None
    names: list[str] = []


KEY = "free"


def load_memory(state: dict[str, Any]) -> Memory:
    """What is kept in a state; nothing when there is none, or another version's."""
    try:
        return msgspec.convert(state.get(KEY) or {}, Memory)
    except msgspec.ValidationError:
        return Memory()


def stored(state: dict[str, Any], memory: Memory) -> dict[str, Any]:
    """The state with the memory in it."""
    plain = msgspec.to_builtins(memory)
    return {**state, KEY: plain} if plain else state


def tokens(text: str) -> int:
    """About how many tokens a text is; rather too many than too few."""
    return int(len(text.encode()) / _BYTES_OF_A_TOKEN) + _OF_A_MESSAGE


class Recent:
    """The exchanges since the last summary, newest last. `find` are the names that people give in a message."""

    def __init__(
        self, messages: Sequence[Message], memory: Memory, find: Callable[[str], Iterable[str]] = lambda _: ()
    ) -> None:
        self.memory = memory
        self._find = find
        self._turns: dict[str, list[Message]] = {}
        for message in messages:
            if message.body:
                self._turns.setdefault(message.turn_id, []).append(message)

    @property
    def shown(self) -> list[ModelMessage]:
        """The latest that have room, as a model gets them."""
        return [
            ModelMessage("user" if one.direction == "incoming" else "assistant", one.body[:LONGEST_MESSAGE])
            for turn in self._fitting(RECENT)
            for one in self._turns[turn]
        ]

    @property
    def names(self) -> list[str]:
        """Those that were given so far, also in what is no longer shown."""
        return self._named(self._turns)

    @property
    def turns(self) -> int:
        return len(self._fitting(RECENT))

    @property
    def full(self) -> bool:
        """Whether the older ones are due for the summary: they no longer all have room, or there are too many."""
        return len(self._fitting(RECENT)) < len(self._turns) or len(self._turns) >= MOST_TURNS

    @property
    def due(self) -> bool:
        """Whether it is time for a new summary."""
        return self.full and not self._paused

    async def summarised(self, calls: ModelCalls, names: tuple[str, ...] = ()) -> Memory:
        """The memory with the older exchanges in its summary; without a new one when there is no need or no model."""
        if not self.due:
            return self.memory
        staying = self._fitting(KEPT)
        older = [turn for turn in self._turns if turn not in staying]
        if not older:
            return self.memory
        who = {"incoming": "Person", "outgoing": "Assistant"}
        first = self._fitting(KEPT + MOST_AT_ONCE)[0]
        said = [
            (who[one.direction], one.body[:LONGEST_MESSAGE])
            for turn in older
            if turn >= first
            for one in self._turns[turn]
        ]
        request = ModelRequest(
            messages=free_prompt.summarising(self.memory.summary, said),
            purpose="summary",
            max_tokens=400,
            private=names,
        )
        try:
            done = await calls.ask(request, prompt=free_prompt.SUMMARY_VERSION, seconds=SUMMARY_SECONDS)
        except ModelUnavailable:
            return self._in_vain()
        text = done.text.strip()
        if not text or done.refusal or done.finished.reason not in ("stop", "length"):
            calls.fell_back("no_summary")
            return self._in_vain()
        return msgspec.structs.replace(
            self.memory, summary=text[:LONGEST_SUMMARY], through=older[-1], tried=None, names=self._named(older)
        )

    @property
    def _paused(self) -> bool:
        turns, tried = list(self._turns), self.memory.tried
        return tried in turns and len(turns) - 1 - turns.index(tried) < PAUSE

    def _named(self, turns: Iterable[str]) -> list[str]:
        said = [one.body for turn in turns for one in self._turns[turn] if one.direction == "incoming"]
        found = (*self.memory.names, *(name for text in said for name in self._find(text)))
        return list(dict.fromkeys(found))[-MOST_NAMES:]

    def _in_vain(self) -> Memory:
        return msgspec.structs.replace(self.memory, tried=list(self._turns)[-1])

    def _fitting(self, room: int) -> list[str]:
        """The latest turns that have room, at least one, oldest first."""
        found: list[str] = []
        for turn, said in reversed(self._turns.items()):
            room -= sum(tokens(one.body[:LONGEST_MESSAGE]) for one in said)
            if found and room < 0:
                break
            found.append(turn)
        return found[::-1]


class Summing:
    """Brings the summary up to date beside the answer, whose words do not wait for it. `stop` it at last."""

    def __init__(self, recent: Recent, calls: ModelCalls) -> None:
        self.calls = calls
        self._recent = recent
        self._task: asyncio.Task[Memory] | None = None

    def begin(self, names: tuple[str, ...]) -> None:
        """Once the answer has begun: a server that does one thing after the other does this one then."""
        if self._task is None and self._recent.due:
            self._task = asyncio.create_task(self._recent.summarised(self.calls, names))

    async def memory(self) -> Memory:
        """With the new summary, where one was begun."""
        return self._recent.memory if self._task is None else await self._task

    async def stop(self) -> None:
        """Gives up what is not done."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.exception()


async def recent(
    history: History | None,
    context: TurnContext,
    memory: Memory,
    find: Callable[[str], Iterable[str]] = lambda _: (),
) -> Recent:
    """The exchanges before this turn that are not in the summary. Raises StoreUnavailable."""
    if history is None or context.first_contact:
        return Recent((), memory, find)
    conversation = context.conversation.id
    said = await history.exchanges(conversation, context.turn.id, after=memory.through, limit=MOST_TURNS)
    return Recent(said, memory, find)
