"""The running of flows: step after step of the flow on top, until one waits for an answer or names an action."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from careline.dialogue.flows import Action, Call, Collect, End, Flow, Go, Link, Say, Set, SlotKind, Step
from careline.dialogue.state import DialogueState, Frame, Result, Utter

MAX_STEPS = 200
"""Steps of one run of the machine. A flow that needs more is going round in circles."""
MAX_ACTIONS = 12
MAX_DEPTH = 6


class Advance(msgspec.Struct, frozen=True):
    """The new state, all that is said so far in this turn, the action to do (None: the turn is over).

    `handoff` is the reason when a person is asked for. `actions` counts those done in this turn.
    """

    state: DialogueState
    says: tuple[Utter, ...] = ()
    action: str | None = None
    handoff: str | None = None
    actions: int = 0


class Running:
    """One run: a working copy of the state, and what it says."""

    def __init__(
        self,
        flows: Mapping[str, Flow],
        slots: Mapping[str, SlotKind],
        state: DialogueState,
        says: Sequence[Utter] = (),
        handoff: str | None = None,
        actions: int = 0,
    ) -> None:
        self.flows = flows
        self.kinds = slots
        self.state = state
        self.says = list(says)
        self.handoff = handoff
        self.actions = actions
        self.reprompt = False
        self.quiet = False
        """No question follows: somebody else has the word, or a meta question was asked."""

    def start(self, flow_id: str) -> None:
        flow, stack = self.flows.get(flow_id), self.state.stack
        if flow is None or (stack and stack[-1].flow == flow_id):
            return
        for other in [f for f in stack if f.flow == flow_id or f.flow in flow.instead_of]:
            stack.remove(other)
            if other.flow != flow_id:
                self.state.slots.update(dict.fromkeys(self.flows[other.flow].forget))
        if len(stack) >= MAX_DEPTH:
            self.state.stack = stack = stack[-MAX_DEPTH + 1 :]
        if flow.needs_consent and self.state.slots.get("consent") is False:
            self.state.slots["consent"] = None
        stack.append(Frame(flow_id, flow.steps[0].id, flow.version))

    def rewind(self) -> None:
        """Runs the flows under way again from their first steps: only what is now missing is asked."""
        for frame in self.state.stack:
            frame.step = self.flows[frame.flow].steps[0].id

    def hand_over(self, reason: str) -> None:
        self.say("handoff_again" if self.state.handed_over else f"handoff_{reason}")
        self.state.handed_over, self.state.failures = True, 0
        self.handoff, self.quiet = reason, True

    def say(self, template: str, **values: Any) -> None:
        self.says.append(Utter(template, values))

    def open_question(self) -> Collect | None:
        """The collect step the top flow stands at."""
        if not self.state.stack:
            return None
        frame = self.state.stack[-1]
        step = self.flows[frame.flow].step(frame.step)
        return step if isinstance(step, Collect) else None

    def notice_changed_flows(self) -> None:
        """A flow that changed goes on at its step if that still is there, else from the top with its slots kept."""
        kept = [f for f in self.state.stack if f.flow in self.flows]
        lost = len(kept) < len(self.state.stack)
        for frame in kept:
            flow = self.flows[frame.flow]
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
        step = self.flows[frame.flow].step(frame.step)
        if isinstance(step, Action) and result.outcome in step.on:
            frame.step = step.on[result.outcome]
        else:
            self.next_step()

    def next_step(self) -> None:
        frame = self.state.stack[-1]
        after = self.flows[frame.flow].after(frame.step)
        if after is None:
            self.pop()
        else:
            frame.step = after

    def pop(self) -> None:
        frame = self.state.stack.pop()
        own = self.flows[frame.flow].forget
        resets = [
            other for slot in own if self.state.known(slot) and slot in self.kinds for other in self.kinds[slot].resets
        ]
        forget = dict.fromkeys([*own, *resets])
        gone = {slot: self.state.slots[slot] for slot in forget if self.state.known(slot)}
        self.says = [msgspec.structs.replace(u, slots={**gone, **u.slots}) for u in self.says] if gone else self.says
        self.state.slots.update(dict.fromkeys(forget))
        if gone:
            self.rewind()
        if not self.state.stack:
            self.state.skipped = []
            self.state.collecting = self.state.asked = None

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
        if self.state.paused and not self.quiet and self.state.stack:
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
            step = self.flows[frame.flow].step(frame.step)
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
