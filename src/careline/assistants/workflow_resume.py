"""After an emergency nothing goes on before the person says so; then it does, gently, and the advice stands."""

from careline.assistants.workflow_hearing import Heard
from careline.assistants.workflow_reply import Reply
from careline.assistants.workflow_words import Words
from careline.dialogue.triage_state import HealthState
from careline.safety.rules import URGENT


def resume(state: HealthState, heard: Heard, words: Words, reply: Reply) -> tuple[bool, bool]:
    """(whether the talk is still paused, whether that was all there is to say). For the first words after a pause."""
    intents = heard.said.intents
    if "no" not in intents and ("resume" in intents or ("yes" in intents and state.asked_to_go_on)):
        state.resumed, state.asked_to_go_on = True, False
        if state.episode is not None:
            state.episode.pending = []
            if state.episode.told in URGENT:
                state.urgent[state.episode.complaint] = state.episode.told
        reply.say(words("resumed"))
        asks = bool(heard.complaints)
        if not asks:
            reply.say(words("resumed_what"))
        return False, not asks
    state.asked_to_go_on = True
    reply.say(words("resume_later" if "no" in intents else "resume_question"))
    return True, True
