"""Whose session it is: capabilities, users with tokens, and the door for everybody else."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from careline.channels.assistant_stream_messages import CHANNEL
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import refused, stream_client, text_of

Run = Callable[..., Any]


def test_a_session_goes_on_by_its_id_on_another_connection(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as first:
            await first.ask("one")
        async with stream_client(site_server.url) as second:
            frames = await second.ask("two", session_id=first.session_id.upper())
            assert frames[-1]["metadata"]["session_id"] == first.session_id
            assert (await second.ask("three"))[-1]["metadata"]["session_id"] == first.session_id
        session = await asyncio.to_thread(
            lambda: site_server.do(site_server.process.store.session(CHANNEL, f"session_{first.session_id}"))
        )
        assert session is not None
        assert session.state == {"turns": 3}
        assert second.session_id != first.session_id

    run(talk())


def token_of(site_server: SiteServer, user_id: str, seconds: float = 60) -> str:
    return site_server.signer.token(user_id, site_server.process.clock.now(), timedelta(seconds=seconds))


def test_users_are_apart_from_one_another_and_from_anonymous(site_server: SiteServer, run: Run) -> None:
    url = site_server.url
    ann = {"additional_headers": {"Authorization": f"Bearer {token_of(site_server, 'ann')}"}}
    ben = {"subprotocols": ["bearer", token_of(site_server, "ben")]}

    async def talk() -> None:
        async with (
            stream_client(url, "/ann", **ann) as a,
            stream_client(url, f"/ben?token={token_of(site_server, 'ben')}") as b,
            stream_client(url, "/ben", **ben) as b2,
            stream_client(url) as nobody,
        ):
            turn_id = (await a.ask("my secret"))[-1]["metadata"]["turn_id"]
            await b.ask("hello")
            for stranger in (b, nobody):
                refused((await stranger.ask("go on", session_id=a.session_id))[0], "not_found")
                await stranger.send(type="resume", session_id=a.session_id, after=0)
                refused(await stranger.next(), "not_found")
                await stranger.send(type="resume", session_id=stranger.session_id, turn_id=turn_id)
                refused(await stranger.next(), "not_found")
                await stranger.send(type="cancel", session_id=stranger.session_id, turn_id=turn_id)
                refused(await stranger.next(), "not_found")
            refused((await a.ask("go on", session_id=nobody.session_id))[0], "not_found")
            frames = await b2.ask("and again", session_id=b.session_id)
            assert frames[-1]["metadata"]["session_id"] == b.session_id

    run(talk())
    store = site_server.process.store
    person = site_server.do(store.person("user_ann"))
    assert person is not None
    page = site_server.do(store.history(person.id, None, 10))
    assert [message.body for message in page.items] == ["You said: my secret", "my secret"]


def test_two_sessions_of_a_user_are_two_conversations(site_server: SiteServer, run: Run) -> None:
    options = {"additional_headers": {"Authorization": f"Bearer {token_of(site_server, 'cleo')}"}}

    async def talk() -> None:
        async with (
            stream_client(site_server.url, "/cleo", **options) as one,
            stream_client(site_server.url, "/cleo", **options) as two,
        ):
            await asyncio.gather(one.ask("a"), two.ask("b"))
            for client, text in ((one, "a"), (two, "b")):
                await client.send(type="resume", session_id=client.session_id)
                assert text_of(await client.until_end()) == f"You said: {text}"

    run(talk())


@pytest.mark.parametrize("kind", ["none", "nonsense", "of somebody else", "ended", "forged"])
def test_without_a_token_of_that_user_the_door_is_shut(site_server: SiteServer, run: Run, kind: str) -> None:
    good = token_of(site_server, "dora")
    token = {
        "none": "",
        "nonsense": "a.b.c",
        "of somebody else": token_of(site_server, "emil"),
        "ended": token_of(site_server, "dora", -1),
        "forged": good[:-2] + ("AA" if not good.endswith("AA") else "BB"),
    }[kind]

    async def talk() -> None:
        address = site_server.url.replace("http", "ws") + f"/api/v1/ws/chat/dora?token={token}"
        async with connect(address, proxy=None) as socket:
            refused(json.loads(await socket.recv()), "unauthorized")
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401

    run(talk())
