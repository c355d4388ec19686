"""What the network and the server do wrong, and that nothing is lost or doubled by it."""

from datetime import timedelta

from playwright.sync_api import Route, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn


def test_a_reply_goes_on_where_the_network_dropped(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    turn.say("The first half ")
    expect(chat.draft).to_have_text("The first half ")
    stand_in.hang_up()
    stand_in.wait_for_follow()
    turn.reply("and the second.")
    chat.expect_replies("The first half and the second.")
    chat.expect_state("online")
    assert stand_in.follows == [f"{turn.id}:1"]
    assert len(stand_in.posts) == 1


def test_it_resumes_as_often_as_it_must(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    for count, word in enumerate(["one ", "two ", "three "], start=1):
        turn.say(word)
        expect(chat.draft).to_contain_text(word)
        stand_in.hang_up()
        stand_in.wait_for_follow(count)
    turn.finish()
    chat.expect_replies("one two three ")
    assert stand_in.follows == [f"{turn.id}:1", f"{turn.id}:2", f"{turn.id}:3"]


def test_a_turn_that_ended_meanwhile_is_complete(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    turn.say("Begun")
    expect(chat.draft).to_have_text("Begun")
    chat.page.context.set_offline(True)
    stand_in.hang_up()
    chat.expect_state("offline")
    expect(chat.notice).to_contain_text("You are offline")
    turn.reply(" and done.")
    chat.page.context.set_offline(False)
    chat.expect_replies("Begun and done.")
    chat.expect_state("online")
    expect(chat.notice).to_be_hidden()


def test_a_restart_forgets_the_text_so_far(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    turn.say("An attempt that di")
    expect(chat.draft).to_have_text("An attempt that di")
    turn.say("The second", restarted=True)
    expect(chat.draft).to_have_text("The second")
    turn.say(" attempt.")
    turn.finish()
    chat.expect_replies("The second attempt.")


def test_a_drop_before_the_first_word_asks_again_under_the_same_id(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    stand_in.hang_up()
    stand_in.wait_for_posts(2)
    turn.reply("Here I am.")
    chat.expect_replies("Here I am.")
    chat.expect_mine("hello")
    assert stand_in.posts[0] == stand_in.posts[1]
    assert len(stand_in.turns) == 1


def test_a_lost_message_is_sent_again(chat: ChatPage, stand_in: StandIn) -> None:
    for where in ("before", "after"):
        stand_in.lose_next(where)
        chat.send(f"lost {where}")
        turn = stand_in.next_turn()
        turn.reply(f"Not lost {where}.")
    chat.expect_replies("Not lost before.", "Not lost after.")
    chat.expect_mine("lost before", "lost after")
    assert [post["content"] for post in stand_in.posts] == ["lost before"] * 2 + ["lost after"] * 2
    assert len({post["client_message_id"] for post in stand_in.posts}) == 2
    assert len(stand_in.turns) == 2


def test_messages_written_offline_go_out_in_order(chat: ChatPage, stand_in: StandIn) -> None:
    chat.page.context.set_offline(True)
    chat.page.evaluate("dispatchEvent(new Event('offline'))")
    chat.expect_state("offline")
    for text in ("one", "two", "three"):
        chat.send(text)
    expect(chat.page.locator("article.you").first).to_contain_text("Waiting for the connection")
    assert [entry["text"] for entry in chat.unsent()] == ["one", "two", "three"]
    chat.page.context.set_offline(False)
    turns = [stand_in.next_turn() for _ in range(3)]
    assert [turn.text for turn in turns] == ["one", "two", "three"]
    for turn in turns:
        turn.reply(f"re: {turn.text}")
    chat.expect_replies("re: one", "re: two", "re: three")
    assert chat.unsent() == []


def test_an_unsent_message_survives_a_reload(chat: ChatPage, stand_in: StandIn) -> None:
    chat.page.route("**/chat/stream", lambda route: route.abort())
    chat.send("do not lose me")
    expect(chat.page.locator("article.you")).to_contain_text("Waiting for the connection")
    written = chat.unsent()[0]
    chat.page.unroute("**/chat/stream")
    chat.page.reload()
    turn = stand_in.next_turn()
    assert (turn.request["client_message_id"], turn.text) == (written["id"], "do not lose me")
    stand_in.wait_for_follow()
    turn.reply("I have it.")
    chat.expect_replies("I have it.")
    chat.expect_mine("do not lose me")


def test_a_message_stored_but_never_acknowledged_is_not_doubled_by_a_reload(chat: ChatPage, stand_in: StandIn) -> None:
    chat.leave_unsent("hi")
    stand_in.lose_next("after")
    chat.page.reload()
    turn = stand_in.next_turn()
    stand_in.wait_for_posts(2)
    turn.reply("Hello.")
    chat.expect_replies("Hello.")
    chat.expect_mine("hi")
    assert len(stand_in.turns) == 1


def test_a_reload_in_the_middle_of_a_reply(chat: ChatPage, stand_in: StandIn) -> None:
    chat.send("hello")
    turn = stand_in.next_turn()
    turn.say("Partly ")
    expect(chat.draft).to_have_text("Partly ")
    chat.page.reload()
    expect(chat.draft).to_have_text("Partly ")
    turn.say("written.")
    turn.finish(choices=[{"title": "Go on", "value": "go on"}])
    chat.expect_replies("Partly written.")
    chat.expect_mine("hello")
    expect(chat.choices).to_have_text(["Go on"])
    assert len(stand_in.posts) == 1


def test_a_visitor_who_is_back_sees_what_happened_elsewhere(chat: ChatPage, stand_in: StandIn) -> None:
    stand_in.store("elsewhere", "incoming", "from my phone", [])
    stand_in.store("elsewhere", "outgoing", "Noted.", [])
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    chat.expect_replies("Noted.")
    chat.expect_mine("from my phone")
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    chat.send("and here")
    stand_in.next_turn().reply("Both.")
    chat.expect_replies("Noted.", "Both.")


def test_a_server_that_is_away_at_first_is_waited_for(open_page: OpenPage, stand_in: StandIn) -> None:
    stand_in.remember(1)
    chat = open_page(service_workers="block")
    chat.page.route("**/chat/history*", lambda route: route.abort())
    chat.page.reload()
    chat.expect_state("reconnecting")
    chat.send("are you there?")
    with chat.page.expect_request("**/chat/history*"):
        chat.notice.get_by_role("button", name="Try now").click()
    chat.page.unroute("**/chat/history*")
    stand_in.next_turn().reply("Now I am.")
    chat.expect_replies("answer 1", "Now I am.")
    chat.expect_mine("question 1", "are you there?")


def test_days_are_told_apart(open_page: OpenPage, stand_in: StandIn) -> None:
    now = stand_in.clock
    stand_in.clock = now - timedelta(days=1)
    stand_in.remember(1)
    stand_in.clock = now
    chat = open_page(timezone_id="UTC")
    chat.expect_replies("answer 1")
    chat.send("good morning")
    stand_in.next_turn().reply("Good morning.")
    chat.expect_replies("answer 1", "Good morning.")
    expect(chat.page.locator(".day")).to_have_text(["Yesterday", "Today"])


def test_two_tabs_keep_each_others_unsent_messages(open_page: OpenPage, stand_in: StandIn) -> None:
    first = open_page()
    first.expect_state("online")
    second = ChatPage(first.page.context.new_page(), stand_in.url)
    second.expect_state("online")
    first.page.context.route("**/chat/stream", lambda route: route.abort())
    for chat, text in ((first, "from the first"), (second, "from the second")):
        chat.send(text)
        expect(chat.page.locator("article.you")).to_contain_text("Waiting for the connection")
    assert [entry["text"] for entry in first.unsent()] == ["from the first", "from the second"]


def test_a_log_in_page_of_the_network_is_not_taken_for_the_server(chat: ChatPage, stand_in: StandIn) -> None:
    page = "<html><title>Hotel</title></html>"
    chat.page.route("**/chat/**", lambda route: route.fulfill(body=page, content_type="text/html"))
    chat.send("am I through?")
    chat.expect_state("reconnecting")
    chat.page.unroute("**/chat/**")
    stand_in.next_turn().reply("You are.")
    chat.expect_replies("You are.")
    chat.expect_mine("am I through?")


def test_a_garbled_frame_is_asked_for_again(chat: ChatPage, stand_in: StandIn) -> None:
    def garble(route: Route) -> None:
        # without X-Turn-ID nobody has said that the message was taken
        route.fulfill(body="id: turn-1:0\ndata: {\n\n", content_type="text/event-stream")

    chat.page.route("**/chat/stream", garble, times=1)
    with chat.page.expect_response("**/chat/stream"):  # the route only answers while Playwright is waiting
        chat.send("hello")
    stand_in.next_turn().reply("Clearly.")
    chat.expect_replies("Clearly.")
