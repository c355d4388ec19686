"""All channels as one ASGI application."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careline.channels.assistant_stream import AssistantStream
from careline.channels.assistant_stream_schema import AsyncApi
from careline.channels.bookings import Bookings
from careline.channels.device import HEADER
from careline.channels.errors import Problems, http_problem
from careline.channels.openapi import OpenApi
from careline.channels.pages import Pages
from careline.channels.probes import Probes
from careline.channels.services import ChannelSettings, Services
from careline.channels.website import Website

SAFE_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
REQUEST_HEADERS = ("Content-Type", "Last-Event-ID", "Idempotency-Key", HEADER)
RESPONSE_HEADERS = (HEADER, "X-Turn-ID", "Retry-After")


def site(services: Services) -> Starlette:
    """Every channel's endpoints, problems for everything that is refused, CORS where origins are allowed.

    Its `state.farewell` tells the clients of open streams that the server restarts: await it before cutting them.
    """
    stream = AssistantStream(services)
    app = Starlette(
        routes=[*routes(services), *streams(stream, services.about.version)],
        middleware=[*_cors(services.settings), Middleware(SafeHeaders), Middleware(Problems)],
        exception_handlers={HTTPException: http_problem},
    )
    app.router.redirect_slashes = False
    app.state.farewell = stream.farewell
    return app


def routes(services: Services) -> list[Route]:
    website, bookings, probes, pages = Website(services), Bookings(services), Probes(services), Pages()
    return [
        Route("/chat/", website.chat, methods=["POST"]),
        Route("/chat", website.chat, methods=["POST"]),
        Route("/chat/stream", website.stream, methods=["GET", "POST"]),
        Route("/chat/stream/", website.stream, methods=["GET", "POST"]),
        Route("/chat/history", website.history),
        Route("/chat/session", website.session, methods=["GET", "PATCH"]),
        Route("/chat/cancel", website.cancel, methods=["POST"]),
        Route("/chat/about", website.about),
        Route("/bookings/{token}.ics", bookings.calendar),
        Route("/health", probes.health),
        Route("/ready", probes.ready),
        Route("/api/docs", pages.docs),
        Route("/api/openapi.json", OpenApi(services.about.version).json),
        Route("/", pages.chat),
        Route("/static/{name}", pages.static),
    ]


def streams(stream: AssistantStream, version: str) -> list[BaseRoute]:
    return [
        Route("/api/asyncapi.json", AsyncApi(version).json),
        WebSocketRoute("/api/v1/ws/chat", stream.anonymous),
        WebSocketRoute("/api/v1/ws/chat/{user_id}", stream.user),
    ]


def _cors(settings: ChannelSettings) -> list[Middleware]:
    """Cookies cross origins only to those that are named."""
    if not settings.allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_credentials="*" not in settings.allowed_origins,
            allow_methods=("GET", "POST", "PATCH"),
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
        )
    ]


class SafeHeaders:
    """ASGI middleware: headers that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *SAFE_HEADERS]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
