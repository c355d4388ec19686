"""How an episode runs on: which complaint, which answers, what is asked next, and how urgent it is by now. Pure."""

from careline.assistants.workflow_hearing import PROFILE, Ear, Heard
from careline.dialogue.triage_pack import Complaint, Question
from careline.dialogue.triage_state import Answer, Episode, HealthState, highest
from careline.safety.rules import LEVELS, URGENT, Fired, Level

MOST_QUESTIONS, AT_ONCE = 5, 3


def take_in(ear: Ear, state: HealthState, heard: Heard) -> bool:
    """Brings the message into the state's episode, a new one if it begins one. False when it is about none."""
    episode = state.episode
    answers = ear.answers(heard, episode.pending) if episode is not None else {}
    complaint = _complaint(ear, state, heard, answered=bool(answers))
    if complaint is not None and (episode is None or complaint.id != episode.complaint):
        episode = _begin(complaint, heard, None if state.resumed else episode)
        episode.raise_to(state.urgent.get(complaint.id))
        state.episode = episode
    elif episode is None or not (answers or complaint is not None or episode.pending or _news(heard)):
        return False
    episode.child = episode.child or heard.child
    _record(ear, episode, heard, answers)
    return True


def _complaint(ear: Ear, state: HealthState, heard: Heard, *, answered: bool) -> Complaint | None:
    """The complaint the message is about; that of the episode when the message says it again or answers."""
    if state.episode is not None and (answered or any(c.id == state.episode.complaint for c in heard.complaints)):
        return ear.pack.of(state.episode.complaint)
    if heard.complaints:
        return heard.complaints[0]
    if state.episode is None and heard.assessment.level is not None and not heard.asks_how:
        return ear.pack.of("general")
    return None


def _begin(complaint: Complaint, heard: Heard, before: Episode | None) -> Episode:
    """A new episode. What was an emergency stays one, until the person goes on with something else; what was asked and
    not answered is left."""
    urgent = before is not None and before.floor in URGENT
    floor, reasons = (before.floor, list(before.reasons)) if before is not None and urgent else (None, [])
    floor = highest(floor, *(level for finding, level in heard.alarmed.items() if finding in complaint.findings))
    return Episode(complaint.id, floor=floor, reasons=reasons, child=heard.child)


def _news(heard: Heard) -> bool:
    return bool(heard.findings) or any(one.level in URGENT for one in heard.assessment.fired)


def _record(ear: Ear, episode: Episode, heard: Heard, answers: dict[str, Answer]) -> None:
    for question_id, answer in answers.items():
        episode.answers[question_id] = answer
        if question_id != PROFILE:
            _answered(ear, episode, question_id, answer)
    if answers:
        episode.pending = [one for one in episode.pending if one not in answers]
    episode.findings.update(heard.findings)
    _volunteered(ear, episode)
    episode.vitals = heard.assessment.vitals
    for fired in binding(ear, heard.assessment.fired):
        episode.raise_to(fired.level)
        if fired.id not in episode.rules:
            episode.rules.append(fired.id)


def _answered(ear: Ear, episode: Episode, question_id: str, answer: Answer) -> None:
    question = ear.pack.questions[question_id]
    if answer == "yes":
        episode.raise_to(question.level)
        episode.reasons.append(question_id)
        if len(question.findings) == 1:
            episode.findings[question.findings[0]] = "present"
    elif answer == "no":
        for finding in question.findings:
            episode.findings.setdefault(finding, "absent")


def _volunteered(ear: Ear, episode: Episode) -> None:
    """Questions that the person has answered before they were asked. The complaint itself answers none."""
    own = ear.pack.of(episode.complaint).findings
    said = {one: status for one, status in episode.findings.items() if one not in own or status == "absent"}
    for question in _questions(ear, episode):
        answer = question.answered_by(said) if question.id not in episode.answers else None
        if answer is not None:
            episode.answers[question.id] = answer
        if answer == "yes":
            episode.raise_to(question.level)
            episode.reasons.append(question.id)


def binding(ear: Ear, fired: tuple[Fired, ...]) -> list[Fired]:
    """The rules that set a level. A complaint's own "see somebody unless ruled out" does not: that is asked here."""
    return [one for one in fired if one.id not in ear.defaults]


def next_questions(ear: Ear, state: HealthState) -> list[str]:
    """What to ask now: the red flags first, then the rest; nothing once it is clear that help is needed today."""
    episode = state.episode
    if episode is None or episode.floor in URGENT:
        return []
    complaint = ear.pack.of(episode.complaint)
    room = MOST_QUESTIONS - len(episode.asked)
    flags = [one for one in complaint.ask if one not in episode.answers]
    if flags:
        return flags[: min(AT_ONCE, room)]
    if highest(episode.floor, "consultation_24") == episode.floor:
        return []
    rest = [one for one in complaint.then if one not in episode.answers]
    if complaint.painkiller and not state.states and PROFILE not in episode.answers:
        rest.append(PROFILE)
    return rest[: max(0, room)]


def level_of(ear: Ear, episode: Episode) -> Level:
    """The level, and the least the complaint allows; `self_care` only when every question was answered with no."""
    complaint = ear.pack.of(episode.complaint)
    ruled_out = all(episode.answers.get(one) == "no" for one in (*complaint.ask, *complaint.then))
    least: Level = "self_care" if ruled_out and complaint.ask else "consultation"
    return highest(episode.floor, episode.told, complaint.least, least) or least


def is_urgent(level: Level) -> bool:
    return LEVELS.index(level) >= LEVELS.index("emergency")


def _questions(ear: Ear, episode: Episode) -> list[Question]:
    complaint = ear.pack.of(episode.complaint)
    return [ear.pack.questions[one] for one in (*complaint.ask, *complaint.then)]
