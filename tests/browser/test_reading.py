"""History, links, the wire's bytes, and the emergency banner."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn

READ_FRAMES = """async ([bytes, size]) => {
  const { FrameReader } = await import("/static/frames.js");
  const reader = new FrameReader();
  const frames = [];
  for (let at = 0; at < bytes.length; at += size) {
    frames.push(...reader.push(new Uint8Array(bytes.slice(at, at + size))));
  }
  return frames;
}"""


def test_frames_may_be_cut_anywhere(chat: ChatPage) -> None:
    stream = (
        ': heartbeat\n\nid: a\ndata: {"content": "Günaydın 🌞 مرحبا"}\n\n'
        'id:b\r\ndata: {"content":\r\ndata: "x"}\r\n\r\n'
        'event: other\ndata: {"content": "last"}\n\ndata: {"content": "never ended"'
    ).encode()
    wanted = [
        {"id": "a", "data": {"content": "Günaydın 🌞 مرحبا"}},
        {"id": "b", "data": {"content": "x"}},
        {"id": "b", "data": {"content": "last"}},
    ]
    for size in (1, 2, 3, 5, 7, 64, 4096):
        assert chat.page.evaluate(READ_FRAMES, [list(stream), size]) == wanted, size


def test_older_messages_come_by_scrolling(open_page: OpenPage, stand_in: StandIn) -> None:
    stand_in.remember(50, [{"title": "Yes", "value": "yes"}])
    chat = open_page()
    expect(chat.page.locator("article")).to_have_count(30)
    expect(chat.replies.last).to_be_in_viewport()
    expect(chat.choices).to_have_text(["Yes"])
    first = chat.page.locator("article").first
    expect(first).to_contain_text("question 36")
    while chat.page.locator("#earlier").is_visible():
        before = chat.page.locator("article").count()
        chat.page.locator("#earlier").scroll_into_view_if_needed()
        chat.page.locator("article").nth(before).wait_for(state="attached")
        expect(chat.page.locator("#earlier")).not_to_be_in_viewport()
    expect(chat.page.locator("article")).to_have_count(100)
    expect(chat.page.locator("article").first).to_contain_text("question 1")
    assert chat.mine.all_inner_texts() == [f"question {number}" for number in range(1, 51)]
    assert len([address for address in chat.requests if "/chat/history" in address]) == 4
    assert chat.problems == []


def test_earlier_messages_can_be_asked_for_by_keyboard(open_page: OpenPage, stand_in: StandIn) -> None:
    stand_in.remember(16)
    chat = open_page()
    expect(chat.page.locator("article")).to_have_count(30)
    chat.page.locator("#earlier").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("article")).to_have_count(32)
    expect(chat.page.locator("#earlier")).to_be_hidden()


def test_history_is_not_announced(open_page: OpenPage, stand_in: StandIn) -> None:
    stand_in.remember(3)
    chat = open_page()
    chat.expect_replies("answer 1", "answer 2", "answer 3")
    assert chat.announced() == []


def test_answered_choices_do_not_come_back(open_page: OpenPage, stand_in: StandIn) -> None:
    stand_in.remember(2, [{"title": "Yes", "value": "yes"}])
    stand_in.store("new", "incoming", "I changed my mind", [])
    chat = open_page()
    chat.expect_mine("question 1", "question 2", "I changed my mind")
    expect(chat.choices).to_have_count(0)


def test_an_erased_message_is_not_an_empty_bubble(open_page: OpenPage, stand_in: StandIn) -> None:
    stand_in.store("erased", "incoming", "", [])
    stand_in.remember(1)
    chat = open_page()
    chat.expect_mine("question 1")


def test_only_safe_addresses_become_links(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("links")
    stand_in.next_turn().reply(
        "See https://example.com/a?b=c. Or (http://example.org/x), never javascript:alert(1) or data:text/html,x,\n"
        "//evil.example/x and/or 24/7, ftp://example.com/f. Here: /bookings/abcdefghijklmnop.ics!\n"
        "<img src=x onerror=alert(1)><a href='https://example.net/q'>q</a>"
    )
    links = chat.replies.last.get_by_role("link")
    expect(links).to_have_count(4)
    targets = [link.get_attribute("href") for link in links.all()]
    assert targets == [
        "https://example.com/a?b=c",
        "http://example.org/x",
        f"{chat.url}bookings/abcdefghijklmnop.ics",
        "https://example.net/q",
    ]
    assert links.first.get_attribute("rel") == "noopener noreferrer"
    expect(links.nth(2)).to_have_text("Add to calendar")
    assert links.nth(2).get_attribute("target") is None
    expect(chat.replies.last).to_contain_text("<img src=x onerror=alert(1)>")
    assert chat.page.locator("article img").count() == 0
    assert chat.problems == []


def test_an_emergency_cannot_be_missed(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("I cannot breathe")
    turn = stand_in.next_turn()
    turn.emergency(level="emergency_ambulance", number="112", country="TR", message="Call an ambulance now.")
    banner = chat.page.locator("#emergency")
    expect(banner).to_be_visible()
    expect(banner).to_have_attribute("role", "alert")
    expect(banner).to_contain_text("Call an ambulance now.")
    call = banner.get_by_role("link", name="Call 112")
    expect(call).to_have_attribute("href", "tel:112")
    expect(call).to_be_in_viewport()
    turn.reply("Call 112 now.")
    chat.expect_replies("Call 112 now.")
    chat.page.reload()
    chat.expect_replies("Call 112 now.")
    expect(call).to_be_in_viewport()
    banner.get_by_role("button", name="Close").click()
    expect(banner).to_be_hidden()
    expect(chat.box).to_be_focused()
    chat.page.reload()
    chat.expect_replies("Call 112 now.")
    expect(banner).to_be_hidden()


def test_a_new_emergency_shows_again(chat: ChatPage, stand_in: StandIn) -> None:
    banner = chat.page.locator("#emergency")
    for number in ("112", "999"):
        chat.send("help")
        turn = stand_in.next_turn()
        turn.emergency(level="emergency", number=number, country="GB", message="Get help.")
        turn.reply("Get help.")
        expect(banner.get_by_role("link")).to_have_attribute("href", f"tel:{number}")
        banner.get_by_role("button", name="Close").click()
        expect(banner).to_be_hidden()
