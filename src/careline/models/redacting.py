"""A model that is not told who somebody is: identifiers leave as placeholders and come back as they were."""

import re
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec

from careline.language import Languages, Reference, understand
from careline.language.text import tokens
from careline.models.around import Around
from careline.models.chunks import UNREADABLE
from careline.models.redaction import Redaction, Restoring
from careline.ports import Model, ModelEvent, ModelMessage, ModelRequest, Refusal, TextDelta, ToolCall, ToolCallReady

_CAPITALISED = r"[^\W\d_a-zçğıöşüäß][\w'’-]{1,30}"
_RELATIVES = re.compile(
    r"\b(?i:(?:my|our) (?:wife|husband|partner|girlfriend|boyfriend|fiancée?|son|daughter|child|kid|baby|toddler|"
    r"mother|mum|mom|father|dad|sister|brother|grandmother|grandfather|grandma|grandpa|aunt|uncle|friend)|"
    r"kızım|oğlum|eşim|karım|kocam|annem|babam|kardeşim|ablam|abim|arkadaşım|bebeğim|çocuğum|torunum|teyzem|halam)"
    rf",? ({_CAPITALISED}(?: {_CAPITALISED})?)"
)
_NAMED = r"[^\W\d_a-zà-öø-ÿğışа-яё][\w'’-]{1,30}"
_INTRODUCED = re.compile(
    r"\b(?i:ich hei(?:ß|ss)e|mein name ist|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo|меня зовут),? "
    rf"({_NAMED}(?: {_NAMED}){{0,2}})"
)
"""How people introduce themselves in languages that are not understood otherwise."""
Redact = Literal["hosted", "always", "never"]
Names = Callable[[str], Iterable[str]]


class RedactingModel(Around):
    """A `careline.ports.Model` around another. `names` finds the names that people give in a message.

    Besides those and `ModelRequest.private`, phones, e-mails, addresses, ids and cards are replaced, in every message.
    A summary is for other requests, which may not know what was a name in it: it gets a word for each, as "(name)".
    """

    def __init__(self, model: Model, names: Names = lambda _: ()) -> None:
        super().__init__(model)
        self.names = names

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As careline.ports.Model has it."""
        said = [text for message in request.messages if message.role == "user" for text in _texts(message.content)]
        names = (*request.private, *(name for text in said for name in self.names(text)))
        redaction = Redaction(names, restores=request.purpose != "summary")
        redacted = msgspec.structs.replace(
            request, messages=tuple(_redacted(message, redaction) for message in request.messages), private=()
        )
        async with aclosing(self._model.stream(redacted)) as events:
            if redaction.empty:
                async for event in events:
                    yield event
                return
            restoring = Restoring(redaction, in_json=request.schema is not None)
            async for event in events:
                if isinstance(event, TextDelta):
                    if text := restoring.feed(event.text):
                        yield TextDelta(text)
                    continue
                if held := restoring.close():
                    yield TextDelta(held)
                yield _restored(event, redaction)


def redacting(model: Model, when: Redact, names: Names) -> Model:
    """The model as a pack wants it: `hosted` redacts only what leaves for a model of somebody else's."""
    return RedactingModel(model, names) if when == "always" or (when == "hosted" and model.hosted) else model


def names_in(languages: Languages) -> Names:
    """Finds the names by which people introduce themselves and their families, and well-known given names with a family
    name."""
    reference = Reference(now=datetime.fromisoformat("2000-01-01T00:00+00:00"))

    @lru_cache(maxsize=2_048)
    def find(text: str) -> tuple[str, ...]:
        found: list[str] = []
        for line in text.splitlines():
            introduced = understand(line, languages, reference).name
            found += (introduced,) if introduced else ()
            found += _full_names(line, languages)
            found += (match[1] for pattern in (_RELATIVES, _INTRODUCED) for match in pattern.finditer(line))
        return tuple(found)

    return find


def _full_names(text: str, languages: Languages) -> Iterable[str]:
    """Capitalised words in a row, the first a known given name."""
    words = tokens(text)
    for n, word in enumerate(words[:-1]):
        after = words[n + 1]
        if word.stem in languages.given and word.text[0].isupper() and after.kind == "word" and after.text[0].isupper():
            yield text[word.start : after.end]


def _redacted(message: ModelMessage, redaction: Redaction) -> ModelMessage:
    calls = tuple(ToolCall(one.id, one.name, _changed(one.arguments, redaction.redact)) for one in message.tool_calls)
    return msgspec.structs.replace(message, content=_changed(message.content, redaction.redact), tool_calls=calls)


def _changed(content: str, change: Callable[[str], str]) -> str:
    """The content with each of its texts changed. JSON is read for that: an escape in it hides where a word begins."""
    found = _json(content)
    return change(content) if found is None else msgspec.json.encode(_each(found, change)).decode()


def _texts(content: str) -> list[str]:
    """The content, or the texts in it where it is JSON."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    json = _json(content)
    _each(content if json is None else json, note)
    return found


def _json(content: str) -> dict[str, Any] | list[Any] | None:
    if not content.startswith(("{", "[")):
        return None
    try:
        found = msgspec.json.decode(content)
    except UNREADABLE:
        return None
    return found if isinstance(found, dict | list) else None


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, int) and not isinstance(value, bool):
        changed = change(str(value))
        return value if changed == str(value) else changed
    if isinstance(value, list):
        return [_each(one, change) for one in value]
    return {change(key): _each(one, change) for key, one in value.items()} if isinstance(value, dict) else value


def _restored(event: ModelEvent, redaction: Redaction) -> ModelEvent:
    match event:
        case ToolCallReady(call=call):
            return ToolCallReady(ToolCall(call.id, call.name, redaction.restore(call.arguments, in_json=True)))
        case Refusal(text=text):
            return Refusal(redaction.restore(text) or " ")
    return event
