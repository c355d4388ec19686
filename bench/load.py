"""The load generator, a process of its own so that it does not take the server's time: raw HTTP on keep-alive sockets.

    python -m bench.load HOST PORT DEVICES TURNS

Every device posts one message after the other and waits for each reply. Prints one JSON object: `seconds` for all,
`latencies` of the single turns in seconds, `failed` answers.
"""

import asyncio
import json
import sys
import time

import uvloop

MESSAGES = (
    "Hello, I want to schedule an appointment",
    "What are your opening hours?",
    "How much does a hair transplant cost?",
    "Where is the clinic?",
    "Could you say that again please?",
    "Thank you, that helps a lot",
)


class Device:
    """One visitor on one connection."""

    def __init__(self, host: str, port: int, name: str) -> None:
        self.host = host
        self.port = port
        self.name = name
        self.failed = 0

    async def talk(self, turns: int, latencies: list[float]) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        for number in range(turns):
            request = self._request(MESSAGES[number % len(MESSAGES)])
            begun = time.perf_counter()
            writer.write(request)
            if not await _answered(reader):
                self.failed += 1
            latencies.append(time.perf_counter() - begun)
        writer.close()

    def _request(self, content: str) -> bytes:
        body = json.dumps({"content": content, "media_urls": [], "audio_urls": []}).encode()
        head = (
            f"POST /chat/ HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nX-Device-ID: {self.name}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _answered(reader: asyncio.StreamReader) -> bool:
    """Reads one answer with a Content-Length; whether it was a 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return head.startswith(b"HTTP/1.1 200")


async def main(host: str, port: int, devices: int, turns: int) -> None:
    await Device(host, port, "warm-up").talk(12, [])
    latencies: list[float] = []
    visitors = [Device(host, port, f"bench-{devices}-{number}") for number in range(devices)]
    begun = time.perf_counter()
    await asyncio.gather(*(visitor.talk(turns // devices, latencies) for visitor in visitors))
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "latencies": latencies, "failed": sum(v.failed for v in visitors)}))


if __name__ == "__main__":
    host, port, devices, turns = sys.argv[1:]
    uvloop.run(main(host, int(port), int(devices), int(turns)))
