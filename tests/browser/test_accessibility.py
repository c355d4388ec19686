"""For everyone: screen readers, keyboards, phones, right to left, dark rooms, no JavaScript."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn

CHECK = (Path(__file__).parent / "accessibility.js").read_text().partition("*/")[2]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 2
CHOICES = [{"title": title, "value": title} for title in ("Tuesday, 24 November, 10:00", "Other times", LONG)]
PHONE = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}


def stages(chat: ChatPage, stand_in: StandIn) -> list[Callable[[], object]]:
    """The page in each of its states, one after the other."""

    def conversation() -> None:
        chat.send(LONG)
        stand_in.next_turn().reply(f"{LONG} https://example.com/{'x' * 90}\n/bookings/{'a' * 90}.ics", choices=CHOICES)
        expect(chat.choices).to_have_count(3)

    def writing() -> None:
        chat.send("hello\nthere")
        stand_in.next_turn().say("مرحبا بك في العيادة")
        expect(chat.draft).to_be_visible()
        expect(chat.page.locator("#stop")).to_be_visible()

    def refused() -> None:
        stand_in.turns[-1].finish()
        expect(chat.page.locator(".draft")).to_have_count(0)
        stand_in.refuse_next(422, LONG)
        chat.send("no")
        expect(chat.page.locator(".refusal")).to_be_visible()

    def emergency() -> None:
        chat.send("help")
        turn = stand_in.next_turn()
        turn.emergency(level="emergency", number="112", country="TR", message=LONG)
        turn.reply(LONG)
        expect(chat.page.locator("#emergency")).to_be_visible()
        expect(chat.page.locator(".draft")).to_have_count(0)

    def offline() -> None:
        chat.page.locator("#emergency button").click()
        chat.page.context.set_offline(True)
        chat.send("x" * 3_900)
        expect(chat.notice).to_be_visible()
        expect(chat.page.locator("article.you").last).to_have_attribute("data-state", "waiting")
        chat.box.fill("x" * 4_100)
        expect(chat.page.locator("#counter")).to_be_visible()

    return [
        lambda: expect(chat.page.locator("#name")).to_have_text("Anna"),
        conversation,
        writing,
        refused,
        emergency,
        offline,
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "tr-TR", "ar-EG"])
def test_every_state_passes_the_checks(open_page: OpenPage, stand_in: StandIn, scheme: str, locale: str) -> None:
    small = locale == "ar-EG"
    chat = open_page(color_scheme=scheme, locale=locale, reduced_motion="reduce", **(PHONE if small else {}))
    for stage in stages(chat, stand_in):
        stage()
        assert chat.page.evaluate(CHECK) == []
        chat.expect_no_sideways_scroll()
        expect(chat.box).to_be_in_viewport()
        expect(chat.page.locator("#disclosure")).to_be_in_viewport()


def test_right_to_left(open_page: OpenPage, stand_in: StandIn) -> None:
    chat = open_page(locale="ar-EG")
    expect(chat.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(chat.page.locator("html")).to_have_attribute("lang", "ar")
    chat.send("hello")
    stand_in.next_turn().reply("مرحبا 123!")
    chat.expect_replies("مرحبا 123!")
    mine, theirs = chat.mine.bounding_box(), chat.replies.bounding_box()
    assert mine is not None
    assert theirs is not None
    assert mine["x"] < 640 < theirs["x"] + theirs["width"]
    direction = "one => getComputedStyle(one).direction"
    assert chat.mine.locator(".text").evaluate(direction) == "ltr"
    assert chat.replies.locator(".text").evaluate(direction) == "rtl"


@pytest.mark.parametrize(
    ("locale", "says"), [("en-GB", "an AI assistant"), ("tr-TR", "yapay zekâ"), ("ar-EG", "الاصطناعي")]
)
def test_it_says_at_the_top_that_it_is_an_ai(open_page: OpenPage, stand_in: StandIn, locale: str, says: str) -> None:
    stand_in.remember(30)
    chat = open_page(locale=locale)
    expect(chat.page.locator("#name")).to_have_text("Anna")
    expect(chat.replies.last).to_be_in_viewport()
    expect(chat.page.locator("#disclosure")).to_contain_text(says)
    expect(chat.page.locator("#disclosure")).to_be_in_viewport()
    expect(chat.page.get_by_role("heading", level=1)).to_contain_text("Anna")


def test_only_the_keyboard(chat: ChatPage, stand_in: StandIn) -> None:
    keyboard = chat.page.keyboard
    expect(chat.box).to_be_focused()
    skip = chat.page.get_by_role("link", name="Skip to the message box")
    for _ in range(chat.page.locator("a[href], button").count() + 1):
        keyboard.press("Shift+Tab")
        if skip.evaluate("one => one === document.activeElement"):
            break
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    keyboard.type("I would like to book")
    keyboard.press("Tab")
    expect(chat.page.get_by_role("button", name="Send")).to_be_focused()
    assert chat.page.locator("#send").evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    keyboard.press("Enter")
    stand_in.next_turn().reply("When?", choices=CHOICES)
    expect(chat.choices).to_have_count(3)
    chat.box.focus()
    for _ in range(2):
        keyboard.press("Shift+Tab")
    expect(chat.choices.nth(1)).to_be_focused()
    keyboard.press("Space")
    assert stand_in.next_turn().text == "Other times"
    expect(chat.box).to_be_focused()
    assert chat.problems == []


def test_the_log_is_a_live_region_with_names(chat: ChatPage, stand_in: StandIn) -> None:
    log = chat.page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-live", "polite")
    chat.send("hello")
    stand_in.next_turn().reply("Good morning.")
    chat.expect_replies("Good morning.")
    expect(log).to_contain_text("You: hello")
    expect(log).to_contain_text("Anna: Good morning.")
    expect(chat.page.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(chat.page.locator("#connection-text")).to_have_attribute("role", "status")


def test_who_wants_no_motion_gets_none(open_page: OpenPage, stand_in: StandIn) -> None:
    for motion, animation in (("reduce", "none"), ("no-preference", "breathe")):
        chat = open_page(reduced_motion=motion)
        chat.send("hello")
        stand_in.next_turn()
        dot = chat.page.locator(".dots i").first
        expect(dot).to_be_visible()
        assert dot.evaluate("one => getComputedStyle(one).animationName") == animation


def test_on_a_touch_screen_a_choice_does_not_raise_the_keyboard(open_page: OpenPage, stand_in: StandIn) -> None:
    chat = open_page(**PHONE)
    chat.send("book")
    stand_in.next_turn().reply("When?", choices=CHOICES)
    chat.choices.first.tap()
    stand_in.next_turn().reply("Booked.")
    chat.expect_replies("When?", "Booked.")
    expect(chat.page.locator("#scroller")).to_be_focused()


def test_without_javascript_it_says_what_to_do(stand_in: StandIn, open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(stand_in.url)
    expect(page.locator(".noscript")).to_contain_text("This chat needs JavaScript.")
    expect(page.locator(".noscript")).to_be_in_viewport()
    expect(page.get_by_text("You are talking with an AI assistant")).to_be_visible()


def test_nothing_is_asked_of_others(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    stand_in.next_turn().reply("See https://example.com/")
    chat.expect_replies("See https://example.com/")
    assert [address for address in chat.requests if not address.startswith(chat.url)] == []
    assert chat.problems == []
