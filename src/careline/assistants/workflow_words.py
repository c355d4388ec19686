"""The health assistant's own sentences in the language of the talk, filled in."""

from careline.dialogue.triage_pack import HealthPack


class Words:
    """`number` is the emergency number shown to the person, with what it is for where the country is not known."""

    def __init__(self, pack: HealthPack, language: str, number: str) -> None:
        self.pack = pack
        self.language = language
        self.number = number
        self._own = pack.replies[language]

    def __call__(self, name: str, **fields: str) -> str:
        text = self._own.get(name) or self.pack.replies[self.pack.head.default_language][name]
        return text.format(number=self.number, **fields) if "{" in text else text

    def of(self, texts: dict[str, str]) -> str:
        """A text of the pack in this language, else in its default one."""
        return texts.get(self.language) or texts[self.pack.head.default_language]

    def listing(self, parts: list[str]) -> str:
        """ "a, b and c"."""
        joined = {"en": " and ", "tr": " ve "}[self.language]
        return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + joined + parts[-1]

    def capital(self, text: str) -> str:
        first = "İ" if self.language == "tr" and text[:1] == "i" else text[:1].upper()
        return first + text[1:]
