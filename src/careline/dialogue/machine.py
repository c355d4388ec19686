"""The stack machine that runs flows: commands in, things to say and at most one action out. Pure and deterministic.

A turn is `begin` with the commands of the message, then, as long as the step names an action, `proceed` with the result
of doing it. The step without an action ends the turn; by then something is always said.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from careline.dialogue import commands as c
from careline.dialogue.flows import Action, Call, Collect, End, Flow, Go, Link, Say, Set, SlotKind, Step
from careline.dialogue.state import DialogueState, Frame, Question, Result, Utter

MAX_STEPS = 200
"""Steps of one run of the machine. A flow that needs more is going round in circles."""
MAX_ACTIONS = 12
MAX_DEPTH = 6
FAILURES_BEFORE_HANDOFF = 2


class Advance(msgspec.Struct, frozen=True):
    """The new state, all that is said so far in this turn, the action to do (None: the turn is over).

    `handoff` is the reason when a person is asked for. `actions` counts those done in this turn.
    """

    state: DialogueState
    says: tuple[Utter, ...] = ()
    action: str | None = None
    handoff: str | None = None
    actions: int = 0


class Machine:
    """Flows and slot kinds by name. Holds no conversation."""

    def __init__(self, flows: Mapping[str, Flow], slots: Mapping[str, SlotKind]) -> None:
        self.flows = flows
        self.slots = slots

    def begin(self, state: DialogueState, commands: Sequence[c.Command]) -> Advance:
        run = _Run(self, state.copy())
        run.notice_changed_flows()
        run.state.buttons = []
        run.apply_all(commands)
        return run.advance()

    def proceed(self, before: Advance, result: Result) -> Advance:
        run = _Run(self, before.state.copy(), list(before.says), before.handoff, before.actions + 1)
        run.finish_action(result)
        return run.advance()


class _Run:
    """One run: a working copy of the state, and what it says."""

    def __init__(
        self,
        machine: Machine,
        state: DialogueState,
        says: list[Utter] | None = None,
        handoff: str | None = None,
        actions: int = 0,
    ) -> None:
        self.machine = machine
        self.state = state
        self.says = says or []
        self.handoff = handoff
        self.actions = actions
        self.reprompt = False
        self.quiet = False
        """No question follows: somebody else has the word, or a meta question was asked."""

    # --- commands

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
                self.state.clarify = Question(slot, options[:6])
                self.quiet = True
                self.say(f"clarify_{slot}")
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

    def start(self, flow_id: str) -> None:
        flow = self.machine.flows.get(flow_id)
        stack = self.state.stack
        if flow is None or (stack and stack[-1].flow == flow_id):
            return
        self.state.stack = stack = [f for f in stack if f.flow != flow_id]
        if len(stack) >= MAX_DEPTH:
            self.state.stack = stack = stack[-MAX_DEPTH + 1 :]
        if flow.needs_consent and self.state.slots.get("consent") is False:
            self.state.slots["consent"] = None
        stack.append(Frame(flow_id, flow.steps[0].id, flow.version))

    def acknowledge(self, commands: Sequence[c.Command]) -> None:
        """Says what was understood: each correction, and of first answers at most two."""
        given: list[str] = []
        for command in commands:
            if isinstance(command, c.SetSlot | c.CorrectSlot) and command.value is not None:
                kind = self.machine.slots.get(command.slot)
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
        kind = self.machine.slots.get(slot)
        if kind is None or self.refused(kind) or self.state.slots.get(slot) == value:
            return
        changed = self.state.known(slot)
        self.state.slots[slot] = value
        if self.state.clarify is not None and self.state.clarify.slot == slot:
            self.state.clarify = None
        for other in kind.resets:
            self.state.slots[other] = None
        if changed or kind.resets:
            self.rewind()

    def rewind(self) -> None:
        """Runs the top flow again from its first step: only what is now missing is asked."""
        if self.state.stack:
            frame = self.state.stack[-1]
            frame.step = self.machine.flows[frame.flow].steps[0].id

    def cancel(self) -> None:
        self.state.paused, self.state.clarify = False, None
        if not self.state.stack:
            self.say("nothing_to_cancel")
            return
        frame = self.state.stack[-1]
        flow = self.machine.flows[frame.flow]
        if flow.on_cancel:
            frame.step = flow.on_cancel
        else:
            self.pop()
            self.say("flow_cancelled")

    def skip(self) -> None:
        step = self.open_question()
        if step is None:
            self.say("nothing_to_skip")
        elif step.optional:
            self.state.skipped.append(step.collect)
            self.say("skipped")
        else:
            self.say("cannot_skip")

    def repeat(self) -> None:
        if self.state.last and not self.state.paused:
            self.says.extend(self.state.last)
            self.quiet = self.state.asked is not None or not self.state.stack

    def resume(self) -> None:
        self.state.paused = False
        if self.state.stack:
            self.say("resumed")

    def hand_over(self, reason: str) -> None:
        self.say("handoff_again" if self.state.handed_over else f"handoff_{reason}")
        self.state.handed_over, self.state.failures = True, 0
        self.handoff, self.quiet = reason, True

    def fail(self, question: bool) -> None:
        self.state.failures += 1
        if self.state.failures >= FAILURES_BEFORE_HANDOFF and not self.state.handed_over:
            self.hand_over("not_understood")
            return
        self.say("question_unknown" if question else "not_understood")
        self.reprompt = not question

    # --- running

    def say(self, template: str, **values: Any) -> None:
        self.says.append(Utter(template, values))

    def open_question(self) -> Collect | None:
        """The collect step the top flow stands at."""
        if not self.state.stack:
            return None
        frame = self.state.stack[-1]
        step = self.machine.flows[frame.flow].step(frame.step)
        return step if isinstance(step, Collect) else None

    def notice_changed_flows(self) -> None:
        """A flow that changed goes on at its step if that still is there, else from the top with its slots kept."""
        kept = [f for f in self.state.stack if f.flow in self.machine.flows]
        lost = len(kept) < len(self.state.stack)
        for frame in kept:
            flow = self.machine.flows[frame.flow]
            if frame.step not in flow.positions:
                frame.step, lost = flow.steps[0].id, True
            frame.version = flow.version
        self.state.stack = kept
        if lost:
            self.say("flow_changed")

    def finish_action(self, result: Result) -> None:
        self.says.extend(result.says)
        for slot, value in result.slots.items():
            self.state.slots[slot] = value
        if not self.state.stack:
            return
        frame = self.state.stack[-1]
        step = self.machine.flows[frame.flow].step(frame.step)
        if isinstance(step, Action) and result.outcome in step.on:
            frame.step = step.on[result.outcome]
        else:
            self.next_step()

    def next_step(self) -> None:
        frame = self.state.stack[-1]
        after = self.machine.flows[frame.flow].after(frame.step)
        if after is None:
            self.pop()
        else:
            frame.step = after

    def pop(self) -> None:
        frame = self.state.stack.pop()
        forget = self.machine.flows[frame.flow].forget
        gone = {slot: self.state.slots[slot] for slot in forget if self.state.known(slot)}
        self.says = [msgspec.structs.replace(u, slots={**gone, **u.slots}) for u in self.says] if gone else self.says
        self.state.slots.update(dict.fromkeys(forget))
        if gone:
            self.rewind()
        self.state.skipped = [] if not self.state.stack else self.state.skipped

    def advance(self) -> Advance:
        action = None if self.wait() else self.run_flows()
        if action is not None:
            return Advance(self.state, tuple(self.says), action, self.handoff, self.actions)
        if not self.says:
            self.say("anything_else")
        self.state.last = self.says[-4:]
        return Advance(self.state, tuple(self.says), None, self.handoff, self.actions)

    def wait(self) -> bool:
        """Whether the word is the person's before any flow goes on."""
        if self.state.paused and not self.quiet:
            self.say("resume_question")
            return True
        if self.state.clarify is not None and not self.quiet:
            self.say(f"clarify_{self.state.clarify.slot}")
            return True
        return self.quiet

    def run_flows(self) -> str | None:
        for _ in range(MAX_STEPS):
            if not self.state.stack:
                self.state.collecting = self.state.asked = None
                return None
            frame = self.state.stack[-1]
            step = self.machine.flows[frame.flow].step(frame.step)
            if step.if_ is not None and not step.if_.holds(self.state.slots):
                self.next_step()
            elif isinstance(step, Action):
                if self.actions >= MAX_ACTIONS:
                    break
                return step.action
            elif self.take(step, frame):
                return None
        self.state.stack.clear()
        self.state.collecting = self.state.asked = None
        self.hand_over("not_understood")
        return None

    def take(self, step: Step, frame: Frame) -> bool:
        """Does one step; True when it waits for an answer."""
        match step:
            case Collect():
                return self.collect(step, frame)
            case Say(say=template):
                self.say(template)
                self.next_step()
            case Set(set=values):
                self.state.slots.update(values)
                self.next_step()
            case Go(go=target):
                frame.step = target
            case Call(call=flow_id):
                self.next_step()
                self.start(flow_id)
            case Link(link=flow_id):
                self.pop()
                self.start(flow_id)
            case End():
                self.pop()
            case Action():
                raise AssertionError
        return False

    def collect(self, step: Collect, frame: Frame) -> bool:
        if self.state.known(step.collect) or step.collect in self.state.skipped:
            self.next_step()
            return False
        question = f"{frame.flow}.{step.id}"
        repeated = self.state.asked == question
        template = (step.reprompt if self.reprompt else step.again if repeated else None) or step.ask
        self.state.collecting, self.state.asked = step.collect, question
        self.say(template)
        return True
