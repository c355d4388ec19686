"""The last check before a reply goes out, on a stream: no dose, diagnosis, claim, contact or unsafe advice.

A text passes at once except while a forbidden phrase may still be completing. What is said instead is one safe
sentence; the rest of the sentence that went wrong is left out. The result does not depend on how the text is cut.
"""

import re

from careline.safety.output_guard_context import Finding, GuardContext, Match
from careline.safety.output_guard_facts import EMAIL, Facts, amounts_in, is_reference
from careline.safety.output_guard_rules import GuardRules, Kind, Node, Rule
from careline.safety.output_guard_sentence import Line, Sentence
from careline.safety.output_guard_words import TOKEN, begun, edge, is_number, plain_length, unfinished, whole
from careline.safety.text import fold

_SENTENCE_ENDS = frozenset("!?…\n")
_CLAUSE_ENDS = frozenset(",;—–")
_IN_NUMBER = re.compile(r"[ ()\u00a0]*")
_BULLET = re.compile(r"-|\d{1,2}[.)]")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_WIDEST = 40  # characters of white space after which words no longer belong together
_LONGEST_NUMBER = 40  # digits
_PRIVATE_DIGITS = 9
_PRIVATE_DIALLED = 7  # digits, where a plus says that it is a phone number


class OutputGuard:
    """Guards one reply. `feed` each piece, `close` at the end; both return the texts that may go out now."""

    def __init__(self, rules: GuardRules, context: GuardContext) -> None:
        self.findings: list[Finding] = []
        self._rules = rules
        self._context = context
        self._conditions = tuple(f" {fold(condition)} " for condition in context.conditions)
        self._facts = Facts(rules, context.texts)
        # Places count from the beginning of the whole reply. The buffer begins at _origin; it holds what has not been
        # sent and the word that is still coming in.
        self._buffer = ""
        self._origin = 0
        self._read = 0
        self._passed = 0
        self._last = self._last_sign = ""  # of what was sent, with and without white space
        self._out: list[str] = []
        self._dropping = False
        self._said: set[Kind] = set()
        self._sentence = Sentence()
        self._line = Line()
        self._active: list[tuple[Node, int, int]] = []  # where a match is, its first word, its first character
        self._pending: Match | None = None
        self._digits = ""
        self._digits_start = 0
        self._dialled = False
        self._between = ""

    def feed(self, piece: str) -> list[str]:
        """What may go out after this piece, mostly the piece itself."""
        self._buffer += piece
        text, origin = self._buffer, self._origin
        scan, last = self._read - origin, len(text) - 1
        partial, dull = "", self._rules.dull
        for match in TOKEN.finditer(text, scan):
            start, end = match.span()
            if start > scan:
                self._apart(text[scan:start], origin + scan)
                scan = start
            if end >= last and unfinished(text, end):
                partial = text[start:]
                break
            token = match.group()
            if (key := dull(token)) and not (self._active or self._dropping or self._digits or self._pending):
                if self._sentence.place < 0:  # all that `_token` would do
                    self._sentence.place = origin + start
                self._sentence.add(key)
                self._line.empty, self._between = False, ""
            else:
                self._token(token, origin + start)
            scan = end
        else:
            self._apart(text[scan:], origin + scan)
            scan = len(text)
        self._read = read = origin + scan
        self._release(read + self._free(partial) if partial else read)
        self._origin = needed = min(read, self._passed)
        self._buffer = text[needed - origin :]
        return self._sent()

    def close(self) -> list[str]:
        """What was still held back, as the reply ends here."""
        text, origin = self._buffer, self._origin
        scan = self._read - origin
        end = origin + len(text)
        for match in TOKEN.finditer(text, scan):
            self._token(match.group(), origin + match.start())
        self._end_sentence(end)
        self._read = end
        self._release(end)
        return self._sent()

    def allow(self, text: str) -> None:
        """Another text that the reply may draw on from here, such as a passage that it has just cited."""
        self._facts.add(text)

    # --- what may go out

    def _sent(self) -> list[str]:
        if not self._out:
            return []
        out, self._out = self._out, []
        return out if len(out) == 1 else ["".join(out)]

    def _release(self, until: int) -> None:
        """Sends (or, in a sentence that went wrong, drops) what comes before this place and is in no possible match."""
        if self._active:
            until = min(until, *[start for _, _, start in self._active])
        if self._pending is not None:
            until = min(until, self._pending.start)
        if self._digits:
            until = min(until, self._digits_start)
        if until > self._passed:
            self._send(until)

    def _send(self, until: int) -> None:
        if until <= self._passed:
            return
        if not self._dropping:
            text = self._buffer[self._passed - self._origin : until - self._origin]
            self._out.append(text)
            self._last = text[-1]
            self._last_sign = text.rstrip()[-1:] or self._last_sign
        self._passed = until

    def _free(self, partial: str) -> int:
        """How many characters of the word that is coming in may go out already."""
        if self._dropping:
            return len(partial)
        place, key, plain = begun(partial)
        if self._active and key.isalpha() and "." not in partial:
            # Nothing that follows can change that a word which begins so does not go on with these.
            self._active = [one for one in self._active if self._rules.may_continue(one[0], key)]
        if self._sentence.mail_near():
            return 0
        if key and self._rules.may_start(key, self._sentence.clause_start):
            return min(place, plain)
        return plain

    # --- reading

    def _apart(self, text: str, place: int) -> None:
        """What stands between words."""
        if text == " " and not self._between:
            self._between = text
            return
        if not text:
            return
        if text != " ":
            for offset, sign in enumerate(text):
                self._sign(sign, place + offset)
        self._between = (self._between + text)[: _WIDEST + 1]
        if len(self._between) > _WIDEST:
            self._active.clear()
            self._fire()
            self._end_number(place)

    def _sign(self, sign: str, place: int) -> None:
        if sign in _SENTENCE_ENDS:
            self._end_sentence(place if sign == "\n" else place + 1)
            if sign == "\n":
                self._line.end()
        elif sign in _CLAUSE_ENDS:
            self._fire()
            self._sentence.end_clause()
        elif sign in "•*" and self._line.empty:
            self._line.item = True

    def _end_sentence(self, place: int) -> None:
        self._end_number(place)
        self._fire()
        self._active.clear()
        if self._dropping:
            self._send(place)
            self._dropping = False
        self._sentence = Sentence()

    def _token(self, token: str, start: int) -> None:
        lead, keys, letters, ends_sentence, ends_clause = whole(token)
        if self._line.empty and _BULLET.fullmatch(token):
            self._line.item = True
        elif not self._dropping:
            if self._sentence.place < 0:
                self._sentence.place = start + lead
            if not letters or self._digits:
                self._person(token, start)
            for offset, key in () if self._dropping else keys:
                self._word(key, start + offset, start + len(token))
        self._line.empty = False
        self._between = ""
        if ends_sentence:
            self._end_sentence(start + len(token))
        elif ends_clause:
            self._sentence.end_clause()

    # --- phrases

    def _word(self, key: str, start: int, end: int) -> None:
        if self._pending is not None:
            self._settle(key)
        if self._dropping:
            return
        sentence, rules = self._sentence, self._rules
        names = rules.names(key)
        here = self._active
        if names:
            here = [*here, (rules.root, len(sentence.words), start)]
            if sentence.clause_start:
                here.append((rules.clause_root, len(sentence.words), start))
        sentence.add(key)
        if key in rules.mail_words:
            sentence.mail_word = len(sentence.words) - 1
        if key in rules.conditionals:
            self._line.mark_conditional()
        if here:
            self._advance(names, here, end)

    def _advance(self, names: tuple[str, ...], here: list[tuple[Node, int, int]], end: int) -> None:
        """Takes every possible match one word further."""
        reached: dict[Node, tuple[int, int]] = {}
        for node, first, place in here:
            for then in node.gap:
                reached.setdefault(then, (first, place))
            for name in names:
                for then in node.edges.get(name, ()):
                    reached.setdefault(then, (first, place))
        self._active, found = [], []
        for node, (first, place) in reached.items():
            if node.edges or node.gap:
                self._active.append((node, first, place))
            for rule in node.rules:
                if self._stands(rule, first):
                    found.append(Match(rule.kind, rule.language, place, end, rule))
        if found:
            self._judge(min(found, key=lambda match: (match.start, match.language != self._context.language)))

    def _stands(self, rule: Rule, first: int) -> bool:
        """Whether nothing around the phrase or known of the person lifts the rule."""
        sentence = self._sentence
        if not rule.unless_near.isdisjoint(sentence.near(first, rule.near)):
            return False
        if rule.unless_earlier and (sentence.before(rule.unless_earlier, first) or self._line.conditional_item):
            return False
        if rule.needs_earlier and not sentence.before(rule.needs_earlier, len(sentence.words)):
            return False
        keys = sentence.words[first:]
        if rule.kind == "dose":
            return not self._facts.has_amounts(set(amounts_in(keys, self._rules)))
        said = f" {' '.join(keys)} "
        return rule.kind != "diagnosis" or not any(condition in said for condition in self._conditions)

    def _judge(self, match: Match) -> None:
        if match.rule is None or not match.rule.unless_after:
            self._replace(match)
        elif self._pending is None or match.start < self._pending.start:
            self._pending = match

    def _settle(self, key: str) -> None:
        """The word after a phrase decides whether it stands."""
        match = self._pending
        if match is None or match.rule is None or key in match.rule.skip_after:
            return
        self._pending = None
        if key not in match.rule.unless_after:
            self._replace(match)

    def _fire(self) -> None:
        match, self._pending = self._pending, None
        if match is not None:
            self._replace(match)

    # --- what belongs to somebody else

    def _person(self, token: str, start: int) -> None:
        """E-mail addresses, and numbers that may be a phone's or a document's."""
        if token.isalpha() and not self._digits:
            return
        bare = token.strip(".:'’-_/")
        number = is_number(bare) and "," not in bare and not _DATE.fullmatch(bare)
        if self._digits and not (number and _IN_NUMBER.fullmatch(self._between)):
            self._end_number(start)
        if self._dropping:
            return
        if number:
            self._number(bare, start + edge(token))
        elif "@" in token:
            self._email(token, start)
        elif is_reference(bare) and not self._facts.has_reference(bare):
            self._replace(Match("privacy", None, start + plain_length(token), start + len(token)))

    def _email(self, token: str, start: int) -> None:
        address = EMAIL.search(token)
        if address is not None and not self._facts.has_email(address.group()):
            self._fire()
            if not self._dropping:
                place = start if self._sentence.mail_near() else start + plain_length(token)
                self._replace(Match("privacy", None, place, start + len(token)))

    def _number(self, bare: str, start: int) -> None:
        if not self._digits:
            self._digits_start = start
            self._dialled = bare.startswith("+")
        self._digits += "".join(c for c in bare if c.isdigit())
        if len(self._digits) > _LONGEST_NUMBER:
            self._end_number(start)

    def _end_number(self, place: int) -> None:
        digits, self._digits = self._digits, ""
        least = _PRIVATE_DIALLED if self._dialled else _PRIVATE_DIGITS
        if len(digits) >= least and not self._dropping and not self._facts.has_digits(digits):
            self._replace(Match("privacy", None, self._digits_start, place))

    # --- what is said instead

    def _replace(self, match: Match) -> None:
        said = self._buffer[match.start - self._origin : match.end - self._origin]
        self._send(match.start)
        language = self._language(match.language)
        self.findings.append(Finding(match.kind, language, None if match.kind == "privacy" else said.rstrip(" .,:;")))
        self._out.append(self._instead(match.kind, language, midway=0 <= self._sentence.place < match.start))
        self._last = self._last_sign = "."
        self._said.add(match.kind)
        self._dropping = True
        self._active.clear()
        self._pending = None
        self._digits = ""

    def _language(self, of_rule: str | None) -> str:
        language = of_rule or (self._context.language or "").split("-")[0].lower()
        return language if language in self._rules.says else next(iter(self._rules.says))

    def _instead(self, kind: Kind, language: str, *, midway: bool) -> str:
        """The safe sentence, once for each kind; after that only a sign that something is left out."""
        if kind in self._said:
            return "…" if midway else ""
        said = self._rules.says[language][kind]
        if not midway:
            return said
        glue = "" if self._last.isspace() else " "
        return f"{glue}{said}" if self._last_sign in _CLAUSE_ENDS else f"{glue}– {said}"
