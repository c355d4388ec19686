"""Sending, streaming and answering by button."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn

CHOICES = [{"title": "Tue, 10:00", "value": "Tuesday at 10:00"}, {"title": "Other times", "value": "other times"}]


def test_a_reply_is_seen_while_it_is_written(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    expect(chat.page.locator(".draft.typing")).to_be_visible()
    turn.say("Good ", "morning")
    expect(chat.draft).to_have_text("Good morning")
    turn.say(", Ayşe")
    expect(chat.draft).to_have_text("Good morning, Ayşe")
    turn.finish()
    chat.expect_replies("Good morning, Ayşe")
    chat.expect_mine("hello")
    assert chat.problems == []


def test_the_wire_says_who_and_where(open_page: OpenPage, stand_in: StandIn) -> None:
    chat = open_page(locale="tr-TR", timezone_id="Europe/Istanbul")
    chat.send("  merhaba\n")
    asked = stand_in.next_turn().request
    assert asked["content"] == "merhaba"
    assert asked["locale"] == "tr-TR"
    assert asked["time_zone"] == "Europe/Istanbul"
    assert len(asked["client_message_id"]) == 36
    assert asked["media_urls"] == asked["audio_urls"] == []


def test_a_screen_reader_hears_a_reply_once_and_whole(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    turn.say("One. ", "Two. ")
    expect(chat.draft).to_have_text("One. Two. ")
    assert not any("One" in heard for heard in chat.announced())
    turn.say("Three.")
    turn.finish()
    chat.expect_replies("One. Two. Three.")
    heard = [text for text in chat.announced() if "One." in text]
    assert len(heard) == 1
    assert heard[0].startswith("Anna: One. Two. Three.")


def test_enter_sends_and_shift_enter_does_not(chat: ChatPage, stand_in: StandIn) -> None:
    chat.box.fill("first")
    chat.box.press("Shift+Enter")
    chat.page.keyboard.type("second")
    assert stand_in.posts == []
    chat.box.press("Enter")
    assert stand_in.next_turn().text == "first\nsecond"
    expect(chat.box).to_have_value("")


def test_nothing_is_not_sent(chat: ChatPage, stand_in: StandIn) -> None:
    send = chat.page.locator("#send")
    expect(send).to_be_disabled()
    chat.send("  \n ")
    expect(send).to_be_disabled()
    chat.send("something")
    assert stand_in.next_turn().text == "something"
    assert len(stand_in.posts) == 1


def test_a_double_click_sends_once(chat: ChatPage, stand_in: StandIn) -> None:
    chat.box.fill("only once")
    chat.page.locator("#send").dblclick()
    stand_in.next_turn().reply("Yes?", choices=CHOICES)
    chat.choices.first.dblclick(no_wait_after=True)
    stand_in.next_turn().reply("Good.")
    chat.expect_replies("Yes?", "Good.")
    chat.expect_mine("only once", "Tuesday at 10:00")
    assert len(stand_in.posts) == 2


def test_choices_are_buttons_until_answered(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("book")
    stand_in.next_turn().reply("When?", choices=CHOICES)
    expect(chat.choices).to_have_text(["Tue, 10:00", "Other times"])
    expect(chat.page.get_by_role("group", name="Suggested answers")).to_be_visible()
    chat.choices.last.focus()
    chat.page.keyboard.press("Enter")
    turn = stand_in.next_turn()
    assert turn.text == "other times"
    expect(chat.choices).to_have_count(0)
    expect(chat.box).to_be_focused()
    turn.reply("None are left.")
    chat.expect_replies("When?", "None are left.")
    expect(chat.choices).to_have_count(0)


def test_writing_instead_also_answers_the_choices(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("book")
    stand_in.next_turn().reply("When?", choices=CHOICES)
    expect(chat.choices).to_have_count(2)
    chat.send("on friday")
    stand_in.next_turn().reply("Friday it is.")
    chat.expect_replies("When?", "Friday it is.")
    expect(chat.choices).to_have_count(0)


def test_messages_written_quickly_are_accepted_in_order(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("one")
    chat.send("two")
    first, second = stand_in.next_turn(), stand_in.next_turn()
    assert [first.text, second.text] == ["one", "two"]
    first.reply("Reply one.", choices=CHOICES)
    second.reply("Reply two.")
    chat.expect_replies("Reply one.", "Reply two.")
    expect(chat.choices).to_have_count(0)


def test_a_turn_can_be_stopped(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("a long story please")
    turn = stand_in.next_turn()
    chat.page.get_by_role("button", name="Stop").wait_for()
    expect(chat.page.locator("#activity")).to_have_text("Anna is writing")
    chat.box.press("Escape")
    stand_in.wait_for_cancel()
    turn.finish(error_type="turn_cancelled")
    chat.expect_replies()
    expect(chat.page.locator("article.you")).to_contain_text("Stopped.")
    assert stand_in.cancelled == [turn.id]


def test_a_failed_turn_shows_its_apology(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    stand_in.next_turn().reply("Sorry, something went wrong.", error_type="internal")
    chat.expect_replies("Sorry, something went wrong.")
    expect(chat.page.locator("article.them")).to_have_attribute("data-state", "failed")


def test_the_box_grows_and_counts(chat: ChatPage, stand_in: StandIn) -> None:
    def height() -> float:
        box = chat.box.bounding_box()
        assert box is not None
        return box["height"]

    low = height()
    chat.box.fill("line\n" * 5)
    assert height() > low + 60
    chat.box.fill("\n" * 80 + "x")
    assert height() < 400
    chat.box.fill("ş" * 3_300)
    expect(chat.page.locator("#counter")).to_have_text("3300 of 4000 characters")
    chat.box.fill("😀" * 4_001)
    expect(chat.page.locator("#counter")).to_have_text("Too long: 4001 of 4000 characters")
    expect(chat.box).to_have_attribute("aria-invalid", "true")
    expect(chat.page.locator("#send")).to_be_disabled()
    chat.box.press("Enter")
    assert stand_in.posts == []
    chat.box.fill("😀" * 4_000)
    chat.box.press("Enter")
    assert len(stand_in.next_turn().text) == 4_000
    assert height() == low


def test_an_empty_conversation_offers_beginnings(chat: ChatPage, stand_in: StandIn) -> None:
    welcome = chat.page.locator("#welcome")
    expect(welcome.get_by_role("button")).to_have_count(3)
    welcome.get_by_role("button").first.click()
    assert stand_in.next_turn().text == "I would like to book a consultation"
    expect(welcome).to_be_hidden()
