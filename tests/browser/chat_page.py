"""The chat page as its visitor sees it."""

import json
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

BEFORE_ANYTHING = """
window.announced = [];
document.addEventListener("DOMContentLoaded", () => {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) window.announced.push(node.textContent);
    }
  }).observe(document.getElementById("log"), { childList: true, subtree: true, characterData: true });
});
"""


class ChatPage:
    """`problems` are console errors and exceptions, `requests` every address asked for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", self._requested)
        page.add_init_script(BEFORE_ANYTHING)
        page.goto(url)

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)

    @property
    def box(self) -> Locator:
        return self.page.locator("#message")

    @property
    def mine(self) -> Locator:
        return self.page.locator("article.you .bubble")

    @property
    def replies(self) -> Locator:
        """Whole replies; the one being written is `draft`."""
        return self.page.locator("article.them .bubble")

    @property
    def draft(self) -> Locator:
        return self.page.locator(".draft .bubble")

    @property
    def choices(self) -> Locator:
        return self.page.locator("article .choices button")

    @property
    def notice(self) -> Locator:
        return self.page.locator("#notice")

    def send(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def expect_state(self, state: str) -> None:
        expect(self.page.locator("#connection")).to_have_attribute("data-state", state)

    def expect_replies(self, *texts: str) -> None:
        expect(self.replies).to_have_text(list(texts))
        expect(self.page.locator(".draft")).to_have_count(0)

    def expect_mine(self, *texts: str) -> None:
        expect(self.mine).to_have_text(list(texts))

    def expect_no_sideways_scroll(self) -> None:
        """Nothing, shown or scrolled to, is wider than the window."""
        wide = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((one) => {
                 const box = one.getBoundingClientRect();
                 return box.width && !one.closest(".sr, .skip") && (box.left < -0.5 || box.right > innerWidth + 0.5);
               }).map((one) => one.outerHTML.slice(0, 120))"""
        )
        assert wide == [], wide
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def unsent(self) -> list[dict[str, Any]]:
        """The messages kept for the server, in order."""
        stored: dict[str, str] = self.page.evaluate("({ ...localStorage })")
        entries = [json.loads(text) for key, text in stored.items() if key.startswith("careline.outbox.")]
        return sorted(entries, key=lambda entry: entry["at"])

    def leave_unsent(self, text: str) -> None:
        """As if an earlier visit had ended before the server answered."""
        self.page.evaluate(
            "(text) => localStorage.setItem('careline.outbox.x', text)", json.dumps({"id": "x", "text": text, "at": 0})
        )

    def announced(self) -> list[str]:
        """What the live log has got, one entry for each piece a screen reader would say."""
        return list(self.page.evaluate("window.announced"))
