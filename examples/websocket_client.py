"""Talk to the health assistant from a terminal. It is an AI program, not a doctor.

python examples/websocket_client.py                                   # interactive
python examples/websocket_client.py "I have a headache and fever"      # one question
python examples/websocket_client.py --profile '{"age": 45, "chronic_conditions": ["diabetes"]}' "I feel dizzy"

Needs `pip install websockets`.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import uuid
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

Frame = dict[str, Any]
TRIES = 6


class Refused(Exception):
    """The server refused a message, and said why."""


class Chat:
    """One conversation. It survives lost connections: an answer goes on where it stopped, nothing is asked twice."""

    def __init__(self, url: str, token: str | None, options: Frame) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._options = options
        self._socket: ClientConnection | None = None
        self._session_id: str | None = None

    async def ask(self, text: str) -> None:
        """Prints the answer as it is written. Raises Refused, and OSError when the server cannot be reached."""
        frame = {"message": text, "client_message_id": str(uuid.uuid4()), **self._options}
        turn: Frame = {}
        for attempt in range(TRIES):
            try:
                socket = await self._connected()
                await socket.send(json.dumps(self._resuming(turn) or {**frame, "session_id": self._session_id}))
                await self._read(socket, turn)
                return
            except (ConnectionClosed, InvalidHandshake, OSError):
                self._socket = None
                if attempt + 1 == TRIES:
                    raise
                await asyncio.sleep(0.5 * 2**attempt)

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def _connected(self) -> ClientConnection:
        if self._socket is None:
            socket = await connect(self._url, additional_headers=self._headers)
            hello = json.loads(await socket.recv())
            if hello["type"] == "error":
                await socket.close()
                raise Refused(hello["message"])
            self._session_id = self._session_id or hello["session_id"]
            self._socket = socket
        return self._socket

    def _resuming(self, turn: Frame) -> Frame | None:
        return {"type": "resume", "session_id": self._session_id, **turn} if turn else None

    async def _read(self, socket: ClientConnection, turn: Frame) -> None:
        async for text in socket:
            frame = json.loads(text)
            if turn and "seq" in frame:
                turn["after"] = frame["seq"]
            match frame["type"]:
                case "stream_start":
                    if frame["metadata"].get("restarted"):
                        print("\n(once more)", flush=True)
                    turn |= {"turn_id": frame["metadata"]["turn_id"], "after": frame["seq"]}
                case "emergency":
                    print(f"\n*** EMERGENCY: call {frame['number']} ***", flush=True)
                case "status":
                    print(f"[{frame['status']}]", file=sys.stderr, flush=True)
                case "token":
                    print(frame["content"], end="", flush=True)
                case "citation":
                    print(f"[source: {frame['title']} {frame.get('url') or ''}]", file=sys.stderr)
                case "stream_end":
                    print(flush=True)
                    return
                case "error" if frame["error_type"] != "server_restarting":
                    raise Refused(frame["message"])
        raise ConnectionClosed(None, None)


async def main() -> int:
    arguments = _arguments()
    options: Frame = {"enable_agents": not arguments.no_agents}
    if arguments.profile:
        options["patient_profile"] = json.loads(arguments.profile)
    path = f"/api/v1/ws/chat/{arguments.user}" if arguments.user else "/api/v1/ws/chat"
    chat = Chat(arguments.server.rstrip("/") + path, arguments.token, options)
    try:
        if arguments.question:
            await chat.ask(arguments.question)
        else:
            await _interactive(chat)
    except Refused as refused:
        print(f"\nRefused: {refused}", file=sys.stderr)
        return 1
    except (OSError, ConnectionClosed, InvalidHandshake):
        print(f"\nCannot reach {arguments.server}.", file=sys.stderr)
        return 1
    finally:
        await chat.close()
    return 0


async def _interactive(chat: Chat) -> None:
    print("Health assistant: an AI program, not a doctor. An empty line ends the talk.")
    while True:
        try:
            said = (await asyncio.to_thread(input, "\nYou: ")).strip()
        except EOFError:
            return
        if not said:
            return
        print("Assistant: ", end="", flush=True)
        try:
            await chat.ask(said)
        except Refused as refused:
            print(f"\nRefused: {refused}", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Talk to the health assistant.")
    parser.add_argument("question", nargs="?", help="ask this and end; without it, talk")
    parser.add_argument("--server", default="ws://localhost:8000", help="default: %(default)s")
    parser.add_argument("--user", help="talk as this user")
    parser.add_argument(
        "--token", default=os.environ.get("CARELINE_TOKEN"), help="the user's token; better in CARELINE_TOKEN"
    )
    parser.add_argument("--no-agents", action="store_true", help="without the triage, diagnostic and treatment steps")
    parser.add_argument("--profile", help="what the assistant should know of you, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main()))
