"""The page with the real server: a whole booking in Turkish, and a server that goes away."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat_page import ChatPage
from tests.server_process import ServerProcess

pytestmark = pytest.mark.usefixtures("browser")  # before the server: without a browser there is nothing to serve

HISTORY = """
SELECT m.direction, m.body FROM messages m JOIN users u ON u.id = m.user_id
WHERE u.phone_number = ? ORDER BY m.created_at, m.id
"""
BOOKINGS = """
SELECT b.name, b.procedure, b.contact, b.country, b.time_zone, b.language, b.status, u.name
FROM bookings b JOIN users u ON u.id = b.user_id WHERE u.phone_number = ?
"""


def rows(server: ServerProcess, statement: str, *values: str) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(server.folder / "data" / "careline.db")
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def opened(server: ServerProcess, context: BrowserContext) -> ChatPage:
    chat = ChatPage(context.new_page(), f"{server.url.rstrip('/')}/")
    chat.expect_state("online")
    return chat


def talk(chat: ChatPage, said: str, *answered: str) -> None:
    """Says it, by button where one offers it, and waits for the whole reply, which says all of `answered`."""
    before = chat.replies.count()
    button = chat.page.get_by_role("group").get_by_role("button", name=said, exact=True)
    if button.count():
        button.click()
    else:
        chat.send(said)
    expect(chat.replies).to_have_count(before + 1)
    expect(chat.page.locator(".draft")).to_have_count(0)
    for text in answered:
        expect(chat.replies.last).to_contain_text(text, ignore_case=True)


def test_a_visitor_books_in_turkish(server: ServerProcess, open_context: Callable[..., BrowserContext]) -> None:
    context = open_context(locale="tr-TR", timezone_id="Europe/Istanbul")
    chat = opened(server, context)
    expect(chat.page.locator("#disclosure")).to_contain_text("yapay zekâ")
    talk(chat, "Görüşme randevusu almak istiyorum", "Anna", "izin")
    talk(chat, "Evet", "adınız")
    talk(chat, "Adım Ayşe Yılmaz", "Ayşe")
    talk(chat, "Hayır, adım Ayşegül Yılmaz", "Ayşegül")
    talk(chat, "Fiyatlar ne kadar?", "fiyat", "tedavi")
    said = chat.page.locator("article .bubble").all_inner_texts()
    chat.page.reload()
    expect(chat.page.locator("article .bubble")).to_have_text(said)
    talk(chat, "Saç ekimi", "ülke")
    talk(chat, "Pardon, adım Ayla Yılmaz", "Ayla", "ülke")
    talk(chat, "Türkiye", "e-posta")
    talk(chat, "ayla@example.com", "uygun")
    talk(chat, "Önümüzdeki hafta", "boş")
    slots = chat.choices.all_inner_texts()
    assert len(slots) >= 2
    chat.page.reload()
    expect(chat.choices).to_have_text(slots)
    talk(chat, slots[1], "Ayla Yılmaz", "ayla@example.com", "oluşturayım mı")
    talk(chat, "Evet", "ayarlandı")
    calendar = chat.replies.last.get_by_role("link", name="Takvime ekle")
    address = calendar.get_attribute("href")
    assert address is not None
    assert "BEGIN:VEVENT" in context.request.get(address).text()
    device = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "careline_device")
    who = f"chat_{device}"
    assert rows(server, BOOKINGS, who) == [
        (
            "Ayla Yılmaz",
            "hair_transplant",
            "ayla@example.com",
            "TR",
            "Europe/Istanbul",
            "tr",
            "confirmed",
            "Ayla Yılmaz",
        )
    ]
    stored = rows(server, HISTORY, who)
    assert [body for direction, body in stored if direction == "incoming"] == chat.page.locator(
        "article.you .text"
    ).evaluate_all("all => all.map((one) => one.textContent)")
    assert len(stored) == chat.page.locator("article").count()
    assert chat.problems == []
    assert [asked for asked in chat.requests if not asked.startswith(chat.url)] == []


def test_an_emergency_interrupts(server: ServerProcess, open_context: Callable[..., BrowserContext]) -> None:
    chat = opened(server, open_context(locale="tr-TR", timezone_id="Europe/Istanbul"))
    talk(chat, "Merhaba, randevu almak istiyorum", "Anna")
    talk(chat, "Göğsüm çok ağrıyor, nefes alamıyorum", "112")
    banner = chat.page.locator("#emergency")
    expect(banner.get_by_role("link")).to_have_attribute("href", "tel:112")
    expect(banner).to_be_in_viewport()


def test_two_visitors_see_nothing_of_each_other(
    server: ServerProcess, open_context: Callable[..., BrowserContext]
) -> None:
    one, other = opened(server, open_context()), opened(server, open_context())
    talk(one, "Hello, I want to schedule an appointment", "Anna")
    other.page.reload()
    other.expect_state("online")
    expect(other.page.locator("#welcome")).to_be_visible()
    expect(other.page.locator("article")).to_have_count(0)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_restarts(end: str, tmp_path: Path, open_context: Callable[..., BrowserContext]) -> None:
    with ServerProcess(tmp_path / "server") as server:
        chat = opened(server, open_context())
        talk(chat, "Hello, I want to schedule an appointment", "Anna")
        getattr(server, end)()
        chat.send("My name is John Doe and I need help with hair transplant")
        chat.expect_state("reconnecting")
        server.start()
        expect(chat.replies).to_have_count(2)
        expect(chat.replies.last).to_contain_text("John")
        chat.expect_state("online")
        chat.page.reload()
        expect(chat.replies).to_have_count(2)
        expect(chat.mine).to_have_count(2)
