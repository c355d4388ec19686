"""How the fake server answers, by the model that is asked for: "fake-blast:9" is the scenario blast with argument 9."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from careline.models.fake_answers import Ask, chunk, chunks, event, reply, tokens, usage, whole
from careline.models.fake_http import Exchange

Scenario = Callable[[Exchange, Ask], Awaitable[None]]
DONE = event(b"[DONE]")
BATCH = 64
WIDE = "Geçmiş olsun. Σας ευχαριστώ 🙂 谢谢"
_WORDS = tokens("the quick brown fox jumps over the lazy dog and then it has a rest under the old tree")


class Scenarios(dict[str, Scenario]):
    """Scenarios by name."""

    def named(self, name: str) -> Callable[[Scenario], Scenario]:
        """Keeps the function below."""

        def keep(function: Scenario) -> Scenario:
            self[name] = function
            return function

        return keep


ANSWERS = Scenarios()
"""Those in which a whole answer is given, in whatever form."""


def error_body(kind: str, code: str | None = None, message: str = "The fake server was told to say this.") -> bytes:
    return msgspec.json.encode({"error": {"message": message, "type": kind, "param": None, "code": code}})


def refuse(
    exchange: Exchange, status: int, kind: str, code: str | None = None, message: str = "", retry_after: str = ""
) -> None:
    headers = {"Retry-After": retry_after} if retry_after else {}
    exchange.answer(status, "application/json", error_body(kind, code, message or "Refused."), headers)


async def well(exchange: Exchange, ask: Ask) -> None:
    """The answer as it should be."""
    answer = reply(ask)
    if not ask.stream:
        exchange.answer(200, "application/json", whole(ask, answer), {"x-request-id": f"req_fake_{ask.nth}"})
        return
    await stream(exchange, [event(one) for one in chunks(ask, answer)])


async def stream(exchange: Exchange, events: list[bytes], done: bytes = DONE) -> None:
    exchange.begin()
    for start in range(0, len(events), BATCH):
        exchange.send(b"".join(events[start : start + BATCH]))
        await exchange.drained()
    if done:
        exchange.send(done)
    exchange.end()


async def in_pieces(exchange: Exchange, ask: Ask, text: str, size: int) -> None:
    """The answer in writes of so many bytes, wherever that cuts it."""
    data = b"".join(event(one) for one in _saying(ask, text)) + DONE
    exchange.begin()
    for start in range(0, len(data), size):
        exchange.send(data[start : start + size])
        await asyncio.sleep(0)
    exchange.end()


def _saying(ask: Ask, text: str) -> list[bytes]:
    words = tokens(text)
    found = [chunk(ask, {"role": "assistant", "content": ""}), *(chunk(ask, {"content": word}) for word in words)]
    found.append(chunk(ask, {}, "stop"))
    return [*found, chunk(ask, usage=usage(ask, len(words)))] if ask.usage_wanted else found


def opening(ask: Ask) -> bytes:
    """Half an answer."""
    return b"".join(event(chunk(ask, {"content": word})) for word in ("Half", " an", " answer"))


@ANSWERS.named("blast")
async def _blast(exchange: Exchange, ask: Ask) -> None:
    """blast:1000 - so many tokens as fast as they are read."""
    count = int(ask.arguments[0]) if ask.arguments else 1_000
    ready = [event(chunk(ask, {"content": word})) for word in _WORDS]
    events = [ready[number % len(ready)] for number in range(count)]
    await stream(exchange, [*events, event(chunk(ask, {}, "stop")), event(chunk(ask, usage=usage(ask, count)))])


@ANSWERS.named("paced")
async def _paced(exchange: Exchange, ask: Ask) -> None:
    """paced:50 or paced:50:200 - so many tokens a second; 200 of them instead of the echo."""
    rate = float(ask.arguments[0]) if ask.arguments else 50.0
    if len(ask.arguments) > 1:
        words = [_WORDS[number % len(_WORDS)] for number in range(int(ask.arguments[1]))]
    else:
        words = tokens(reply(ask).text)
    clock = asyncio.get_running_loop().time
    exchange.begin()
    due = clock()
    for word in words:
        exchange.send(event(chunk(ask, {"content": word})))
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - clock()))
    ends = [chunk(ask, {}, "stop"), *([chunk(ask, usage=usage(ask, len(words)))] if ask.usage_wanted else [])]
    exchange.send(b"".join(map(event, ends)) + DONE)
    exchange.end()


@ANSWERS.named("crlf")
async def _crlf(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [event(one, b"\r\n") for one in chunks(ask, reply(ask))], event(b"[DONE]", b"\r\n"))


@ANSWERS.named("cr")
async def _cr(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [event(one, b"\r") for one in chunks(ask, reply(ask))], event(b"[DONE]", b"\r"))


@ANSWERS.named("split-utf8")
async def _split_utf8(exchange: Exchange, ask: Ask) -> None:
    """Every byte on its own."""
    await in_pieces(exchange, ask, WIDE, 1)


@ANSWERS.named("split-lines")
async def _split_lines(exchange: Exchange, ask: Ask) -> None:
    await in_pieces(exchange, ask, reply(ask).text, 7)


@ANSWERS.named("comments")
async def _comments(exchange: Exchange, ask: Ask) -> None:
    """Comments and the fields nobody needs, between all lines."""
    noise = b": keep-alive\n\nevent: message\nid: 7\nretry: 100\n"
    await stream(exchange, [noise + event(one) for one in chunks(ask, reply(ask))], b": bye\n\n" + DONE)


@ANSWERS.named("no-usage")
async def _no_usage(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [event(one) for one in chunks(_without_usage(ask), reply(ask))])


@ANSWERS.named("bad-usage")
async def _bad_usage(exchange: Exchange, ask: Ask) -> None:
    events = [event(one) for one in chunks(_without_usage(ask), reply(ask))]
    await stream(exchange, [*events, event(chunk(ask, usage={"prompt_tokens": "many"}))])


@ANSWERS.named("empty-choices")
async def _empty_choices(exchange: Exchange, ask: Ask) -> None:
    """Chunks without a choice, or with null where lists and texts belong, before and between the others."""
    odd = [
        event(chunk(ask, prompt_filter_results=[{"prompt_index": 0}])),
        event(msgspec.json.encode({"id": "x", "choices": None})),
        event(chunk(ask, {"role": None, "content": None, "tool_calls": None})),
        event(b""),
    ]
    await stream(exchange, [b"".join([*odd, event(one)]) for one in chunks(ask, reply(ask))])


@ANSWERS.named("no-done")
async def _no_done(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [event(one) for one in chunks(ask, reply(ask))], b"")


@ANSWERS.named("no-last-newline")
async def _no_last_newline(exchange: Exchange, ask: Ask) -> None:
    """It ends within its last event, without `[DONE]`."""
    *events, last = [event(one) for one in chunks(_without_usage(ask), reply(ask))]
    await stream(exchange, [*events, last.rstrip(b"\n")], b"")


@ANSWERS.named("no-finish")
async def _no_finish(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [opening(ask)])


@ANSWERS.named("linger")
async def _linger(exchange: Exchange, ask: Ask) -> None:
    """All is said, `[DONE]` too, and the response does not end."""
    exchange.begin()
    exchange.send(b"".join(map(event, chunks(ask, reply(ask)))) + DONE)
    await exchange.forever()


@ANSWERS.named("hang-usage")
async def _hang_usage(exchange: Exchange, ask: Ask) -> None:
    """The reason of the end, and then neither usage nor `[DONE]`."""
    exchange.begin()
    exchange.send(b"".join(map(event, chunks(_without_usage(ask), reply(ask)))))
    await exchange.forever()


@ANSWERS.named("whole")
async def _whole(exchange: Exchange, ask: Ask) -> None:
    """A whole answer although a stream was asked for."""
    exchange.answer(200, "application/json", whole(ask, reply(ask)))


@ANSWERS.named("reasoning")
async def _reasoning(exchange: Exchange, ask: Ask) -> None:
    thoughts = [chunk(ask, {"content": None, "reasoning_content": word}) for word in _WORDS]
    await stream(exchange, [event(one) for one in (*thoughts, *chunks(ask, reply(ask)))])


@ANSWERS.named("refusal")
async def _refusal(exchange: Exchange, ask: Ask) -> None:
    parts = [chunk(ask, {"role": "assistant", "content": None, "refusal": ""})]
    parts += [chunk(ask, {"refusal": word}) for word in tokens("I cannot help with that.")]
    await stream(exchange, [event(one) for one in (*parts, chunk(ask, {}, "stop"))])


def _ends(reason: str) -> Scenario:
    async def ends(exchange: Exchange, ask: Ask) -> None:
        await stream(exchange, [opening(ask), event(chunk(ask, {}, reason))])

    return ends


for _name, _reason in {"length": "length", "content-filter": "content_filter", "eos": "eos", "error": "error"}.items():
    ANSWERS[_name] = _ends(_reason)


def _calls(*deltas: dict[str, Any], finish: str = "tool_calls") -> Scenario:
    async def calls(exchange: Exchange, ask: Ask) -> None:
        parts = [chunk(ask, {"tool_calls": [delta]}) for delta in deltas]
        await stream(exchange, [event(one) for one in (*parts, chunk(ask, {}, finish))])

    return calls


@ANSWERS.named("tools")
async def _tools(exchange: Exchange, ask: Ask) -> None:
    """tools:2 - calls that many of the tools it was offered."""
    wanted = int(ask.arguments[0]) if ask.arguments else 1
    await stream(exchange, [event(one) for one in chunks(ask, reply(ask, call_tools=wanted))])


ANSWERS["tools-one-index"] = _calls(
    {"index": 0, "id": "a", "function": {"name": "first", "arguments": '{"n":1}'}},
    {"index": 0, "id": "b", "function": {"name": "second", "arguments": {"n": 2}}},
    finish="stop",
)
ANSWERS["tools-no-index"] = _calls(
    {"id": "", "function": {"name": "first", "arguments": None}},
    {"id": None, "function": {"name": None, "arguments": '{"n"'}},
    {"function": {"arguments": ":1}"}},
)
ANSWERS["tools-cut"] = _calls(
    {"index": 0, "id": "a", "function": {"name": "first", "arguments": '{"n":1}'}},
    {"index": 1, "id": "b", "function": {"name": "second", "arguments": '{"n'}},
    finish="length",
)


def _without_usage(ask: Ask) -> Ask:
    return msgspec.structs.replace(ask, stream_options=None)
