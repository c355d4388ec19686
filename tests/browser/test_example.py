"""The example page of the health assistant in a real browser, against the real server."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.server_process import ServerProcess

EXAMPLE = Path(__file__).parents[2] / "examples" / "websocket_client.html"
Context = Callable[..., BrowserContext]


@pytest.fixture
def page(open_context: Context, server: ServerProcess) -> Iterator[Page]:
    """The example opened as a file, as its reader does; nothing may go wrong on it."""
    opened = open_context().new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"{EXAMPLE.as_uri()}?server={server.url}")
    expect(opened.locator("#status")).to_have_text("")
    yield opened
    assert problems == []


def say(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".user").last).to_have_text(text)


def answered(page: Page, times: int) -> None:
    """So many answers are there, and the last one is whole."""
    expect(page.locator(".assistant")).to_have_count(times)
    expect(page.locator(".assistant").last).to_have_text(re.compile(r"\S"))
    expect(page.locator("#stop")).to_be_hidden()


def test_a_talk(page: Page) -> None:
    expect(page.locator("header")).to_contain_text("not a doctor")
    say(page, "Hello, I have a sore throat")
    answered(page, 1)
    say(page, "Since yesterday")
    answered(page, 2)
    expect(page.locator(".refused")).to_have_count(0)


def test_an_emergency_is_shown_before_the_answer_with_the_number_to_call(page: Page) -> None:
    say(page, "I have chest pain and can't breathe")
    alarm = page.get_by_role("alert")
    expect(alarm).to_contain_text("Call ")
    assert re.fullmatch(r"tel:\+?\d+", alarm.get_by_role("link").get_attribute("href") or "")
    answered(page, 1)
    assert page.evaluate("document.querySelector('.emergency').nextElementSibling.classList.contains('assistant')")


def test_what_is_said_is_text_and_never_markup(page: Page) -> None:
    say(page, "<img src=x onerror=alert(1)>")
    answered(page, 1)
    assert page.locator("#log img").count() == 0


def test_the_conversation_goes_on_after_a_reload(page: Page) -> None:
    say(page, "Hello")
    answered(page, 1)
    session_id = page.evaluate("sessionStorage.getItem('session_id')")
    page.reload()
    expect(page.locator("#status")).to_have_text("")
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(str(data))))
    page.reload()
    expect(page.locator("#status")).to_have_text("")
    say(page, "And again")
    answered(page, 1)
    assert json.loads(sent[0])["session_id"] == session_id


def test_a_session_that_is_gone_is_begun_anew(page: Page) -> None:
    page.evaluate("sessionStorage.setItem('session_id', '550e8400-e29b-41d4-a716-446655440000')")
    page.reload()
    expect(page.locator("#status")).to_have_text("")
    say(page, "Hello")
    answered(page, 1)
    expect(page.locator(".refused")).to_have_count(0)


def test_it_connects_again_after_a_restart(open_context: Context, tmp_path: Path) -> None:
    page = open_context().new_page()
    with ServerProcess(tmp_path) as first:
        page.goto(f"{EXAMPLE.as_uri()}?server={first.url}")
        say(page, "Hello")
        answered(page, 1)
        port = first.port
    expect(page.locator("#status")).to_contain_text("Not connected")
    with ServerProcess(tmp_path, port):
        expect(page.locator("#status")).to_have_text("")
        say(page, "Are you there?")
        answered(page, 2)
