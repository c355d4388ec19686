"""What the server refuses is explained in its own words, and can be mended."""

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.stand_in import StandIn


@pytest.mark.parametrize(
    ("status", "detail", "shown"),
    [
        (422, "content: at most 40 characters are allowed.", "Not sent: content: at most 40 characters are allowed."),
        (413, "The body is larger than this server accepts.", "Not sent: The body is larger than this server accepts."),
        (413, None, "Not sent: The message is too long for the server."),
        (400, None, "Not sent: Something went wrong. Please try again."),
    ],
)
def test_a_message_that_will_never_pass(
    chat: ChatPage, stand_in: StandIn, status: int, detail: str | None, shown: str
) -> None:
    stand_in.refuse_next(status, detail)
    chat.send("too much")
    expect(chat.page.get_by_role("alert").filter(has_text=shown)).to_be_visible()
    assert chat.unsent() == []
    chat.page.get_by_role("button", name="Edit").click()
    expect(chat.box).to_have_value("too much")
    expect(chat.box).to_be_focused()
    expect(chat.mine).to_have_count(0)
    chat.send("better")
    stand_in.next_turn().reply("Fine.")
    chat.expect_replies("Fine.")
    chat.expect_mine("better")


@pytest.mark.parametrize(
    ("status", "detail", "shown"),
    [
        (429, None, "That was a little fast."),
        (503, "The database has no room to write.", "The database has no room to write."),
        (503, None, "The service is busy."),
        (502, None, "The service is busy."),
    ],
)
def test_a_message_that_may_pass_later_is_sent_again(
    chat: ChatPage, stand_in: StandIn, status: int, detail: str | None, shown: str
) -> None:
    stand_in.refuse_next(status, detail, **{"Retry-After": "60"})
    chat.send("patience")
    expect(chat.notice).to_contain_text(shown)
    assert chat.unsent()[0]["text"] == "patience"
    assert len(stand_in.posts) == 1
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    stand_in.next_turn().reply("Here you are.")
    chat.expect_replies("Here you are.")
    chat.expect_mine("patience")
    assert stand_in.posts[0] == stand_in.posts[1]
    expect(chat.notice).to_be_hidden()


def test_a_refused_message_left_from_before_is_explained_after_a_reload(chat: ChatPage, stand_in: StandIn) -> None:
    chat.leave_unsent("old")
    stand_in.remember(1)
    stand_in.refuse_next(422, "No.")
    chat.page.reload()
    expect(chat.page.locator("article.you").last).to_contain_text("Not sent: No.")
    chat.expect_mine("question 1", "old")
    assert chat.unsent() == []


def test_one_refused_message_does_not_hold_up_the_next(chat: ChatPage, stand_in: StandIn) -> None:
    stand_in.refuse_next(422, "No.")
    chat.send("bad")
    chat.send("good")
    stand_in.next_turn().reply("Good indeed.")
    chat.expect_replies("Good indeed.")
    expect(chat.page.locator("[data-state=refused]")).to_have_count(1)


@pytest.mark.parametrize("status", [409, 503])
def test_a_refused_message_that_is_an_emergency_shows_what_to_do(
    chat: ChatPage, stand_in: StandIn, status: int
) -> None:
    stand_in.refuse_next_emergency(
        status, level="emergency_ambulance", number="999", country="GB", message="Call 999 now."
    )
    chat.send("help")
    expect(chat.page.locator("#emergency")).to_contain_text("Call 999 now.")
    expect(chat.page.locator("#emergency a.call")).to_have_attribute("href", "tel:999")


@pytest.mark.parametrize("reloaded", [False, True])
def test_a_message_the_server_always_fails_on_does_not_hold_up_the_next(
    chat: ChatPage, stand_in: StandIn, reloaded: bool
) -> None:
    for _ in range(4):
        stand_in.refuse_next(500)
    if reloaded:
        chat.leave_unsent("poison")
        chat.page.reload()
    else:
        chat.send("poison")
    chat.send("good")
    for tries in range(1, 5):
        stand_in.wait_for_posts(tries)
        chat.page.evaluate("dispatchEvent(new Event('online'))")
    stand_in.next_turn().reply("Good indeed.")
    chat.expect_replies("Good indeed.")
    expect(chat.page.locator("[data-state=refused]")).to_have_count(1)
    assert chat.unsent() == []
