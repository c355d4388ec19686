"""Sessions and their end, history, what staff read, and the clients' own SQL."""

import pytest

from careline.domain.conversation import Attachment, Turn
from careline.domain.effects import Deliver, EraseOnEnd, RecordConsent, RememberPerson, RequestPerson
from careline.domain.errors import Invalid, NotFound
from careline.storage.sql import ids
from careline.storage.sql.ids import new_id
from tests.contracts.world import CHANNEL, World, at, lease, story

DAY = 86400
YES = RecordConsent("contact", True, "May we?", "1", "en")

CHAT_USERS = "SELECT * FROM users WHERE phone_number LIKE 'chat_%';"
STORED_MESSAGES = """
SELECT u.phone_number, m.direction, m.body, m.created_at
FROM users u
JOIN messages m ON u.id = m.user_id
WHERE u.phone_number LIKE 'chat_%'
ORDER BY m.created_at DESC
LIMIT 10;
"""


@story
async def test_a_session_is_the_devices_own(w: World) -> None:
    turn = await w.exchange()
    session = await w.store.session(CHANNEL, "chat_one")
    assert session is not None
    assert (session.id, session.agent) == (turn.conversation_id, "anna")
    assert await w.store.session("whatsapp", "chat_one") is None
    assert await w.store.session(CHANNEL, "chat_two") is None
    assert await w.store.person("chat_two") is None


@story
async def test_a_session_can_have_its_own_time_to_live(w: World) -> None:
    turn = await w.exchange()
    await w.store.set_session_ttl(turn.conversation_id, 60)
    session = await w.store.session(CHANNEL, "chat_one")
    assert session is not None
    assert session.session_ttl == 60
    assert await w.store.end_expired(at(60), 10) == []
    assert await w.store.end_expired(at(61), 10) == [turn.conversation_id]
    for unknown in (new_id(), "nonsense"):
        with pytest.raises(NotFound):
            await w.store.set_session_ttl(unknown, 60)


@story
async def test_a_time_to_live_set_by_hand_counts(w: World) -> None:
    turn = await w.exchange()
    await w.database.write(lambda conn: conn.exec_driver_sql("UPDATE conversation_states SET session_ttl = 1").rowcount)
    assert await w.store.end_expired(at(2), 10) == [turn.conversation_id]


@story
async def test_expired_sessions_are_ended_once_some_at_a_time(w: World) -> None:
    turns = [await w.exchange(device=str(n), when=n) for n in range(3)]
    running = await w.say(device="busy")
    assert await w.store.end_expired(at(DAY), 10) == []
    first = await w.store.end_expired(at(DAY + 10), 2)
    rest = await w.store.end_expired(at(DAY + 10), 10)
    assert first + rest == [turn.conversation_id for turn in turns]
    assert await w.store.end_expired(at(DAY + 10), 10) == []
    assert await w.store.session(CHANNEL, "chat_0") is None
    await w.answer(running.turn)
    assert await w.store.end_expired(at(DAY + 10), 10) == [running.turn.conversation_id]


@story
async def test_erasing_leaves_rows_without_words(w: World) -> None:
    picture = (Attachment("image", "https://x.test/me.png"),)
    first = (await w.say("I am John", attachments=picture)).turn
    await w.answer(first, "Hello John", EraseOnEnd(), RequestPerson("John asks"), Deliver("mail", {"to": "john"}))
    (mail,) = await w.outbox.due(at(2), lease(), 10)
    await w.outbox.delivered(mail.id, at(3))
    kept = await w.exchange(device="two", said="kept")
    await w.store.end_expired(at(3 * DAY), 10)
    for table in ("messages", "turns", "conversation_states", "outbox", "users"):
        assert "john" not in str([tuple(row) for row in await w.rows(f"SELECT * FROM {table}")]).lower()
    assert [await w.count(table) for table in ("messages", "turns", "conversation_states")] == [4, 2, 2]
    stored = await w.store.turn(first.id)
    assert (stored.turn.status, stored.reply, stored.events) == ("completed", None, None)
    assert (await w.store.turn(kept.id)).reply == "good day"


@story
async def test_with_the_text_goes_a_name_whose_consent_was_withdrawn(w: World) -> None:
    no = RecordConsent("contact", False, "May we?", "1", "en")
    await w.exchange(YES, RememberPerson("John", {"a": "b"}), device="gone")
    await w.exchange(no, EraseOnEnd(), device="gone")
    await w.exchange(YES, RememberPerson("Mary"), EraseOnEnd(), device="kept")
    await w.store.end_expired(at(2 * DAY), 10)
    names = {row.phone_number: (row.name, row.profile) for row in await w.rows("SELECT * FROM users")}
    assert names == {"chat_gone": (None, None), "chat_kept": ("Mary", None)}


@story
async def test_history_goes_back_page_by_page(w: World) -> None:
    for n in range(5):
        turn = await w.exchange(said=f"question {n}", when=n * 10)
        await w.exchange(device="somebody else", when=n * 10)
    seen: list[str] = []
    before: str | None = None
    pages = 0
    while True:
        page = await w.store.history(turn.person_id, before, 3)
        seen += [message.body for message in page.items]
        pages += 1
        before = page.next
        if before is None:
            break
    expected = [body for n in reversed(range(5)) for body in ("good day", f"question {n}")]
    assert (seen, pages) == (expected, 4)
    assert (await w.store.history(turn.person_id, None, 10)).next is None
    assert (await w.store.history(new_id(), None, 10)).items == ()
    with pytest.raises(Invalid):
        await w.store.history(turn.person_id, "nonsense", 10)


@story
async def test_the_latest_turn_is_the_channels_newest(w: World) -> None:
    assert await w.store.latest_turn(CHANNEL, "chat_one") is None
    await w.exchange()
    receipt = await w.say()
    latest = await w.store.latest_turn(CHANNEL, "chat_one")
    assert latest is not None
    assert (latest.turn, latest.reply, latest.events) == (receipt.turn, None, None)
    assert await w.store.latest_turn("whatsapp", "chat_one") is None


@story
async def test_what_is_not_there_is_not_found(w: World) -> None:
    for unknown in (new_id(), "nonsense", ""):
        with pytest.raises(NotFound):
            await w.store.turn(unknown)
        with pytest.raises(NotFound):
            await w.store.transcript(unknown)


@story
async def test_staff_list_conversations_and_read_one(w: World) -> None:
    turns = [await w.exchange(device=str(n), when=n) for n in range(4)]
    await w.exchange(RequestPerson("asked"), device="1", said="a person please", when=10)
    page = await w.store.conversations(None, 3)
    assert [item.address for item in page.items] == ["chat_3", "chat_2", "chat_1"]
    last = await w.store.conversations(page.next, 3)
    assert ([item.address for item in last.items], last.next) == (["chat_0"], None)
    waiting = await w.store.conversations(None, 3, waiting=True)
    assert [item.conversation.id for item in waiting.items] == [turns[1].conversation_id]
    listed, said = await w.store.transcript(turns[1].conversation_id)
    assert listed == waiting.items[0]
    assert [message.body for message in said] == ["hello", "good day", "a person please", "good day"]


@story
async def test_the_documents_sql_runs_as_it_is(w: World) -> None:
    turn = await w.exchange(device="chat_user", said="I need help with my medical consultation")
    users = await w.rows(CHAT_USERS.replace(":", "\\:"))
    assert [row.phone_number for row in users] == ["chat_chat_user"]
    assert str(users[0].id) == turn.person_id
    said = [tuple(row)[:3] for row in await w.rows(STORED_MESSAGES)]
    assert said == [
        ("chat_chat_user", "outgoing", "good day"),
        ("chat_chat_user", "incoming", "I need help with my medical consultation"),
    ]


@story
async def test_rows_written_by_hand_get_their_defaults(w: World) -> None:
    person, message, session = new_id(), new_id(), new_id()

    def write(conn: object) -> None:
        execute = conn.exec_driver_sql  # type: ignore[attr-defined]
        execute(f"INSERT INTO users (id, phone_number, name) VALUES ('{person}', 'chat_{'x' * 200}', 'Jo')")
        execute(
            "INSERT INTO messages (id, user_id, direction, body)"
            f" VALUES ('{message}', '{person}', 'incoming', 'by hand')"
        )
        execute(f"INSERT INTO conversation_states (id, user_id, channel) VALUES ('{session}', '{person}', 'website')")

    await w.database.write(write)
    (said,) = (await w.store.history(person, None, 10)).items
    assert said.body == "by hand"
    assert said.created_at.year >= 2024
    assert (await w.one("SELECT session_ttl FROM conversation_states")).session_ttl == DAY


@story
async def test_ids_follow_the_stored_ones_after_a_start(w: World) -> None:
    turn = await w.exchange()
    future = "ffff0000-0000-7000-8000-000000000000"
    for sql in ("UPDATE messages SET turn_id = NULL", f"UPDATE turns SET id = '{future}'"):
        await w.database.write(lambda conn, sql=sql: conn.exec_driver_sql(sql).rowcount)  # type: ignore[misc]
    assert new_id() < future
    before = ids._last
    try:
        await w.store.open()
        assert new_id() > future
    finally:
        ids._last = before
    assert turn.id < future


@story
async def test_ping(w: World) -> None:
    await w.store.ping()


@story
async def test_the_last_exchanges_of_a_conversation(w: World) -> None:
    """Between two turns, the newest `limit` of them, oldest first; of nobody else."""
    turns = [await w.exchange(when=2 * n, said=f"said {n}") for n in range(5)]
    await w.exchange(device="two", when=20)
    now = (await w.say("now", when=30)).turn
    conversation = turns[0].conversation_id

    async def told(before: Turn, after: str | None = None, limit: int = 30) -> list[str]:
        found = await w.store.exchanges(conversation, before.id, after, limit)
        assert [one.direction for one in found] == ["incoming", "outgoing"] * (len(found) // 2)
        return [one.body for one in found if one.direction == "incoming"]

    assert await told(now) == [f"said {n}" for n in range(5)]
    assert await told(now, limit=2) == ["said 3", "said 4"]
    assert await told(now, turns[2].id) == ["said 3", "said 4"]
    assert await told(now, turns[0].id, 3) == ["said 2", "said 3", "said 4"]
    assert await told(turns[1]) == ["said 0"]
    assert await told(now, turns[4].id) == []
