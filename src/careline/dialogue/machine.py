"""The stack machine that runs flows: commands in, things to say and at most one action out. Pure and deterministic.

A turn is `begin` with the commands of the message, then, as long as the step names an action, `proceed` with the result
of doing it. The step without an action ends the turn; by then something is always said.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from careline.dialogue import commands as c
from careline.dialogue.flows import Flow, SlotKind
from careline.dialogue.running import Advance, Running
from careline.dialogue.state import DialogueState, Question, Result

FAILURES_BEFORE_HANDOFF = 2
_ON_THE_WAY_OUT = ([c.Chitchat("goodbye")], [c.Chitchat("think_over")])
"""After which nothing is asked."""


class Machine:
    """Flows and slot kinds by name. Holds no conversation."""

    def __init__(self, flows: Mapping[str, Flow], slots: Mapping[str, SlotKind]) -> None:
        self.flows = flows
        self.slots = slots

    def begin(self, state: DialogueState, commands: Sequence[c.Command]) -> Advance:
        run = _Run(self.flows, self.slots, state.copy())
        run.notice_changed_flows()
        run.state.buttons = []
        run.apply_all(commands)
        run.quiet = run.quiet or [x for x in commands if not isinstance(x, c.StartFlow)] in _ON_THE_WAY_OUT
        return run.advance()

    def proceed(self, before: Advance, result: Result) -> Advance:
        run = _Run(self.flows, self.slots, before.state.copy(), before.says, before.handoff, before.actions + 1)
        run.finish_action(result)
        return run.advance()


class _Run(Running):
    """What each command does to the state."""

    def apply_all(self, commands: Sequence[c.Command]) -> None:
        understood = [x for x in commands if not isinstance(x, c.CannotHandle)]
        if understood:
            self.state.failures = 0
        self.acknowledge(understood)
        for command in commands:
            self.apply(command)

    def apply(self, command: c.Command) -> None:
        match command:
            case c.StartFlow(flow=flow):
                self.start(flow)
            case c.SetSlot(slot=slot, value=value) | c.CorrectSlot(slot=slot, value=value):
                self.set_slot(slot, value)
            case c.CancelFlow():
                self.cancel()
            case c.Skip():
                self.skip()
            case c.Repeat():
                self.repeat()
            case c.Clarify(options=options, slot=slot):
                self.clarify(slot, options)
            case c.Knowledge(topic=topic):
                self.say("knowledge", topic=topic)
            case c.Chitchat(kind=kind):
                self.say(f"chitchat_{kind}")
            case c.Handoff(reason=reason):
                self.hand_over(reason)
            case c.CannotHandle(question=question):
                self.fail(question)
            case c.ChangeLanguage(language=language):
                self.state.language = language
                self.say("language_changed")
            case c.Resume():
                self.resume()

    def acknowledge(self, commands: Sequence[c.Command]) -> None:
        """Says what was understood: each correction, and of first answers at most two."""
        given: list[str] = []
        for command in commands:
            if isinstance(command, c.SetSlot | c.CorrectSlot) and command.value is not None:
                kind = self.kinds.get(command.slot)
                old = self.state.slots.get(command.slot)
                if kind is None or old == command.value or self.refused(kind):
                    continue
                if old is not None and kind.corrected:
                    self.say(kind.corrected)
                elif old is None and kind.got:
                    given.append(kind.got)
        for template in given[:2]:
            self.say(template)

    def refused(self, kind: SlotKind) -> bool:
        """Personal things are not kept from somebody who said no to that."""
        return kind.personal and self.state.slots.get("consent") is False

    def set_slot(self, slot: str, value: Any) -> None:
        kind, clarify = self.kinds.get(slot), self.state.clarify
        if clarify is not None and clarify.slot == slot and (value is not None or len(clarify.options) == 1):
            self.state.clarify = None  # a suggestion is answered by a no as well
        if kind is None or self.refused(kind) or self.state.slots.get(slot) == value:
            return
        changed = self.state.known(slot)
        self.state.slots[slot] = value
        for other in kind.resets:
            self.state.slots[other] = None
        if changed or kind.resets:
            self.rewind()

    def clarify(self, slot: str, options: tuple[str, ...]) -> None:
        """Asks which was meant, unless the answer would not be kept."""
        kind = self.kinds.get(slot)
        if kind is None or self.refused(kind):
            return
        self.state.clarify = Question(slot, options[:6])
        self.quiet = True
        self.say(f"clarify_{slot}")

    def cancel(self) -> None:
        self.state.paused, self.state.clarify = False, None
        if not self.state.stack:
            self.say("nothing_to_cancel")
            return
        frame = self.state.stack[-1]
        flow = self.flows[frame.flow]
        if flow.on_cancel:
            frame.step = flow.on_cancel
        else:
            self.pop()
            self.say("flow_cancelled")

    def skip(self) -> None:
        step = self.open_question()
        if self.state.clarify is not None:
            self.state.clarify = None
            self.say("skipped")
        elif step is None:
            self.say("nothing_to_skip")
        elif step.optional:
            self.state.skipped.append(step.collect)
            self.say("skipped")
        else:
            kind = self.kinds.get(step.collect)
            self.say((kind.why if kind else None) or "cannot_skip")

    def repeat(self) -> None:
        if self.state.last and not self.state.paused:
            self.says.extend(self.state.last)
            asks = self.state.asked is not None or self.state.clarify is not None
            self.quiet = asks or not self.state.stack

    def resume(self) -> None:
        self.state.paused = False
        if self.state.stack:
            self.say("resumed")

    def fail(self, question: bool) -> None:
        self.state.failures += 1
        if self.state.failures >= FAILURES_BEFORE_HANDOFF and not self.state.handed_over:
            self.state.clarify = None
            self.hand_over("not_understood")
            return
        self.say("question_unknown" if question else "not_understood")
        self.reprompt = not question
