"""`careline conversations list` and `careline conversations show`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import click

from careline.cli_listing import Row, as_json, show, with_store

if TYPE_CHECKING:
    from careline.domain.conversation import Message
    from careline.staff import ListedConversation, SqlStore

COLUMNS = {"id": 36, "last_message": 27, "agent": 20, "language": 8, "waiting": 7, "waiting_reason": 16, "address": 20}
SAID = {"at": 27, "direction": 9, "said": 1}


@click.group()
def conversations() -> None:
    """What was said, and who waits for a person."""


@conversations.command("list")
@click.option("--waiting", is_flag=True, help="Only those that wait for a person.")
@as_json
def list_conversations(waiting: bool, as_json: bool) -> None:
    """All conversations, newest first."""

    async def work(store: "SqlStore") -> None:
        await show(_rows(store, waiting=waiting), COLUMNS, as_json=as_json)

    with_store(work)


@conversations.command("show")
@click.argument("conversation")
@as_json
def show_conversation(conversation: str, as_json: bool) -> None:
    """Everything said in CONVERSATION (an id), oldest first."""

    async def work(store: "SqlStore") -> None:
        from careline import staff

        _, messages = await staff.transcript(store, conversation)
        await show(_each(messages), SAID, as_json=as_json)

    with_store(work)


async def _rows(store: "SqlStore", *, waiting: bool) -> AsyncIterator[Row]:
    from careline import staff

    async for listed in staff.conversations(store, waiting=waiting):
        yield _row(listed)


def _row(listed: "ListedConversation") -> Row:
    conversation = listed.conversation
    return {
        "id": conversation.id,
        "address": listed.address,
        "channel": conversation.channel,
        "agent": conversation.agent,
        "language": conversation.language,
        "created_at": conversation.created_at,
        "last_message": conversation.locked_at,
        "ended_at": conversation.ended_at,
        "waiting": conversation.waiting,
        "waiting_reason": listed.waiting_reason,
        "waiting_since": listed.waiting_since,
    }


async def _each(messages: "tuple[Message, ...]") -> AsyncIterator[Row]:
    for message in messages:
        yield {
            "id": message.id,
            "turn_id": message.turn_id,
            "at": message.created_at,
            "direction": message.direction,
            "body": message.body,
            "attachments": message.attachments,
            "said": _said(message),
        }


def _said(message: "Message") -> str:
    """The message on one line, with its files and what was heard in them."""
    files = (f"[{one.kind} {one.url}{': ' + one.transcript if one.transcript else ''}]" for one in message.attachments)
    return " ".join(part for part in (message.body, *files) if part)
