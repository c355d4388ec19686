"""A headless Chromium, found on the machine, never downloaded."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.chat_page import ChatPage
from tests.browser.stand_in import StandIn

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "the chat page needs a Chromium: install one, or set CARELINE_CHROMIUM to its path"
REQUIRED = os.environ.get("CARELINE_REQUIRE_BROWSER", "") not in {"", "0"}
PATIENCE_MS = 20_000

OpenPage = Callable[..., ChatPage]


def find_chromium() -> str | None:
    named = os.environ.get("CARELINE_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: while Playwright runs, no other event loop can in this thread."""
    expect.set_options(timeout=PATIENCE_MS)
    chromium = find_chromium()
    if chromium is None:
        if REQUIRED:
            pytest.fail(f"CARELINE_REQUIRE_BROWSER is set, but {MISSING}")
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts (a visitor each); keywords are Playwright's. British English unless told otherwise."""
    made: list[BrowserContext] = []

    def make(**settings: object) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/London", **settings})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def open_page(stand_in: StandIn, open_context: Callable[..., BrowserContext]) -> OpenPage:
    """Opens the chat page of the stand-in for a new visitor."""

    def opened(**settings: object) -> ChatPage:
        return ChatPage(open_context(**settings).new_page(), stand_in.url)

    return opened


@pytest.fixture
def chat(open_page: OpenPage) -> ChatPage:
    """The chat page of the stand-in, open and online."""
    page = open_page()
    page.expect_state("online")
    return page
