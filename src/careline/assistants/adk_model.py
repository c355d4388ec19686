"""Careline's model as ADK's: an ADK agent needs no other client, and people's names stay where the pack wants them."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import msgspec
from google.adk.models import BaseLlm, LlmCapabilities
from google.adk.models.llm_request import LlmRequest
from google.adk.models.llm_response import LlmResponse
from google.genai import types
from pydantic import BaseModel, PrivateAttr

from careline.assistants.adk_turn import TURN
from careline.domain.errors import Invalid, ModelUnavailable
from careline.ports import (
    Finished,
    ImagePart,
    JsonSchema,
    Model,
    ModelEvent,
    ModelMessage,
    ModelRequest,
    Provided,
    TextDelta,
    ToolCall,
    ToolCallReady,
    ToolSpec,
)

MOST_TOOL_CALLS = 6
"""Calls of tools that are heeded in one answer."""
BREATH = 16
"""Pieces of text after which the rest of the server has its turn."""
_FINISHED = {"stop": types.FinishReason.STOP, "length": types.FinishReason.MAX_TOKENS}


class CarelineLlm(BaseLlm):
    """An ADK model that asks the one Careline is configured with. Without one it raises ModelUnavailable.

    One object serves all turns. What it is asked and what it takes is recorded with the turn it is asked in.
    """

    _model: Model | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, provided: Provided) -> "CarelineLlm":
        # The colon keeps ADK from taking another vendor's model for one of its own by the name.
        found = cls(model=f"careline:{provided.model.name if provided.model else 'none'}")
        found._model = provided.model
        return found

    @property
    def capabilities(self) -> LlmCapabilities:
        return LlmCapabilities(output_schema_and_tools=True)

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        """As BaseLlm has it: with `stream` the text as it comes, then the whole answer."""
        texts: list[str] = []
        calls: list[ToolCall] = []
        refused = False
        async with aclosing(self._asked(model_request(llm_request))) as events:
            async for event in events:
                match event:
                    case TextDelta(text=text):
                        texts.append(text)
                        if len(texts) % BREATH == 0:
                            await asyncio.sleep(0)  # ADK's own way of an event never waits: others are let in here
                        if stream:
                            yield LlmResponse(content=_content([types.Part(text=text)]), partial=True)
                    case ToolCallReady(call=call):
                        calls += [call] if len(calls) < MOST_TOOL_CALLS else []
                    case Finished():
                        yield _whole("".join(texts), calls, event, refused=refused)
                    case _:
                        refused = True

    def _asked(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        if self._model is None:
            raise ModelUnavailable("connect")
        turn = TURN.get(None)
        if turn is None or turn.calls is None:
            return self._model.stream(request)
        return turn.calls.stream(msgspec.structs.replace(request, private=turn.names), prompt=turn.prompt)


def model_request(asked: LlmRequest) -> ModelRequest:
    """The request as Careline's models take it. Raises Invalid where it has what only Google's own models do."""
    config = asked.config
    system = _text(config.system_instruction)
    messages = [ModelMessage("system", system)] if system else []
    waiting: deque[tuple[str, str]] = deque()
    for content in asked.contents:
        messages += _messages(content, waiting)
    return ModelRequest(
        messages=tuple(messages),
        purpose="answer",
        tools=tuple(_tools(config.tools or [])),
        schema=_schema(config),
        max_tokens=config.max_output_tokens,
        temperature=config.temperature,
    )


def _text(instruction: Any) -> str:
    """A system instruction, which may be text, a part, a content or a list of them."""
    if instruction is None or isinstance(instruction, str):
        return instruction or ""
    if isinstance(instruction, list):
        return "\n\n".join(filter(None, map(_text, instruction)))
    if isinstance(instruction, types.Content):
        return _text(list(instruction.parts or []))
    return getattr(instruction, "text", None) or ""


def _messages(content: types.Content, waiting: deque[tuple[str, str]]) -> Iterator[ModelMessage]:
    """The messages of a content; `waiting` are the calls (name, id) that have no answer yet."""
    texts, images, calls, answers = [], [], [], []
    for n, part in enumerate(content.parts or []):
        if part.function_call is not None:
            call = part.function_call
            made = ToolCall(call.id or f"call_{len(waiting)}_{n}", call.name or "", json.dumps(call.args or {}))
            waiting.append((made.name, made.id))
            calls.append(made)
        elif part.function_response is not None:
            answer = part.function_response
            body = json.dumps(answer.response or {}, default=str, ensure_ascii=False)
            answers.append(ModelMessage("tool", body, tool_call_id=answer.id or _call_of(answer.name or "", waiting)))
        elif part.inline_data is not None and (part.inline_data.mime_type or "").startswith("image/"):
            images.append(ImagePart(part.inline_data.mime_type or "", part.inline_data.data or b""))
        elif part.text and not part.thought:
            texts.append(part.text)
    yield from answers
    if texts or images or calls:
        said = "\n".join(texts)
        if content.role == "model":
            yield ModelMessage("assistant", said, tool_calls=tuple(calls))
        else:
            yield ModelMessage("user", said, images=tuple(images))


def _call_of(name: str, waiting: deque[tuple[str, str]]) -> str:
    """The id of the oldest call of this name, which has its answer with that."""
    found = next((one for one in waiting if one[0] == name), (name, "call_0_0"))
    if found in waiting:
        waiting.remove(found)
    return found[1]


def _tools(tools: list[Any]) -> Iterator[ToolSpec]:
    for tool in tools:
        declared = getattr(tool, "function_declarations", None)
        if not declared:
            raise Invalid("This agent has a tool that only Google's own models have: it cannot use Careline's.")
        for one in declared:
            schema = one.parameters_json_schema or plain_schema(one.parameters)
            yield ToolSpec(one.name, one.description or "", schema or {"type": "object", "properties": {}})


def _schema(config: types.GenerateContentConfig) -> JsonSchema | None:
    wanted = config.response_json_schema or config.response_schema
    if wanted is None:
        return None
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        model: type[BaseModel] = wanted
        wanted = model.model_json_schema()
    if not isinstance(wanted, dict | types.Schema):
        raise Invalid("The output_schema of an agent is a pydantic model or a JSON schema.")
    return JsonSchema("answer", plain_schema(wanted))


def plain_schema(schema: Any) -> dict[str, Any]:
    """A schema as JSON Schema has it, of ADK's own kind or a plain one; {} for none."""
    if schema is None:
        return {}
    if isinstance(schema, types.Schema):
        schema = schema.model_dump(mode="json", by_alias=True, exclude_none=True)
    found: dict[str, Any] = _lowered(schema)
    return found


def _lowered(value: Any) -> Any:
    """Google writes types in capitals, says what may be null beside the type, and orders properties."""
    if isinstance(value, list):
        return [_lowered(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _lowered(each) for key, each in value.items() if key not in ("nullable", "propertyOrdering")}
    if isinstance(named := value.get("properties"), dict):
        found["properties"] = {name: _lowered(each) for name, each in named.items()}
    if isinstance(found.get("type"), str):
        kind = found["type"].lower()
        found["type"] = [kind, "null"] if value.get("nullable") else kind
    return found


def _content(parts: list[types.Part]) -> types.Content:
    return types.Content(role="model", parts=parts)


def _whole(text: str, calls: list[ToolCall], finished: Finished, *, refused: bool) -> LlmResponse:
    """The last response: all of the answer. Raises ModelUnavailable where a call's arguments are no JSON object."""
    if refused or finished.reason in ("refusal", "content_filter"):
        reason = "refusal" if refused else finished.reason
        return LlmResponse(
            error_code=reason, partial=False, model_version=finished.model, usage_metadata=_usage(finished)
        )
    parts = [types.Part(text=text)] if text else []
    parts += [types.Part(function_call=_function_call(call)) for call in calls]
    return LlmResponse(
        content=_content(parts),
        partial=False,
        finish_reason=_FINISHED.get(finished.reason, types.FinishReason.STOP),
        model_version=finished.model,
        usage_metadata=_usage(finished),
    )


def _function_call(call: ToolCall) -> types.FunctionCall:
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise ModelUnavailable("bad_response", streamed=True)
    return types.FunctionCall(id=call.id or None, name=call.name, args=arguments)


def _usage(finished: Finished) -> Any:
    used = finished.usage
    if used is None:
        return None
    return types.GenerateContentResponseUsageMetadata(
        prompt_token_count=used.prompt_tokens,
        candidates_token_count=used.completion_tokens,
        cached_content_token_count=used.cached_tokens,
        total_token_count=used.prompt_tokens + used.completion_tokens,
    )
