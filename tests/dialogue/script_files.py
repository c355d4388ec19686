"""Dialogue scripts as data: what is said, and what must come of it. The files are in `scripts/`."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

FOLDER = Path(__file__).parent / "scripts"


class ReplyExpected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts of the reply, upper and lower case alike: all of `contains`, one of `contains_any`, none of `excludes`."""

    contains: tuple[str, ...] = ()
    contains_any: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


class ScriptTurn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message and what is expected of the turn.

    Before it the clock moves by `after` (ISO 8601), the definition of `edit_flow` changes, and other visitors book
    every slot that begins at `taken`. `commands` are the type and, if given, the first argument of commands that must
    be among those understood. `state` must be part of the stored state, `no_slots` unknown in it. `choices` is the
    least number of buttons. `emergency` is the number shown, or `any`; none is expected without it.
    """

    said: str
    after: str | None = None
    edit_flow: str | None = None
    taken: datetime | None = None
    commands: tuple[str, ...] = ()
    state: dict[str, Any] = {}
    no_slots: tuple[str, ...] = ()
    reply: ReplyExpected = ReplyExpected()
    choices: int = 0
    emergency: str = "none"


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"opening": "from"}):
    """A conversation from `now` on, after the turns of `opening`; everything below `turns` is expected at its end.

    `bookings` and `held` count rows of that status, `booked` are parts of the confirmed ones, earliest first;
    `consent` are the recorded answers; `person` is part of the user's row; `erased` must be nowhere in the messages.
    `file` is where it is from, without its suffix.
    """

    name: str
    now: datetime
    turns: tuple[ScriptTurn, ...]
    language: str = "en"
    time_zone: str | None = None
    opening: str | None = None
    bookings: int | None = None
    held: int | None = None
    booked: tuple[dict[str, Any], ...] = ()
    person: dict[str, Any] = {}
    consent: tuple[bool, ...] | None = None
    erase: bool | None = None
    erased: tuple[str, ...] = ()
    waiting: bool | None = None
    file: str = ""


class Helped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message and what a model proposes for it, which is worth something."""

    said: str
    proposes: tuple[dict[str, Any], ...] = ()


class HelpedScript(msgspec.Struct, frozen=True):
    """A conversation that comes out as expected when a model helps, and not without one."""

    conversation: Script
    model: tuple[Helped, ...]

    @property
    def name(self) -> str:
        return self.conversation.name

    def proposals(self) -> dict[str, str]:
        """The whole answer of the model by message."""
        return {h.said: msgspec.json.encode({"commands": h.proposes}).decode() for h in self.model}


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"before": "from"}):
    """A beginning that scripts share; what is said in it has no expectations of its own."""

    opening: str
    turns: tuple[str, ...]
    before: str | None = None
    language: str = "en"
    time_zone: str | None = None


def load_scripts() -> list[Script]:
    """All scripts, with the turns of their openings put before their own."""
    openings = {o.opening: o for o in _read(FOLDER / "_openings.yaml", list[Opening])}
    scripts = [(path.stem, s) for path in sorted(FOLDER.glob("[!_]*.yaml")) for s in _read(path, list[Script])]
    return [msgspec.structs.replace(_opened(script, openings), file=file) for file, script in scripts]


def load_helped() -> list[HelpedScript]:
    """The scripts of `scripts/with_a_model/`: each a script with what the model says as `model`."""
    openings = {o.opening: o for o in _read(FOLDER / "_openings.yaml", list[Opening])}
    found = []
    for path in sorted((FOLDER / "with_a_model").glob("*.yaml")):
        for raw in _read(path, list[dict[str, Any]]):
            model = msgspec.convert(raw.pop("model"), tuple[Helped, ...])
            found.append(HelpedScript(_opened(msgspec.convert(raw, Script), openings), model))
    return found


def _opened(script: Script, openings: dict[str, Opening]) -> Script:
    said: tuple[str, ...] = ()
    name, first = script.opening, None
    while name is not None:
        first = openings[name]
        said, name = first.turns + said, first.before
    if first is None:
        return script
    turns = tuple(ScriptTurn(text) for text in said) + script.turns
    return msgspec.structs.replace(script, turns=turns, language=first.language, time_zone=first.time_zone)


def _read(path: Path, kind: Any) -> Any:
    return msgspec.convert(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader), kind)
