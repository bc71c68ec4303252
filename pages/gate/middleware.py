"""The gate itself: stands before all that Streamlit serves, HTTP and WebSocket alike."""

import asyncio
import contextlib
import logging

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.gate import arrival, hosts, paths, refusals
from pages.gate.connection import Connection
from pages.gate.headers import keeping_headers, response_headers
from pages.gate.names import name
from pages.gate.sessions import Sessions
from pages.gate.settings import Settings, give_way, here

_LOG = logging.getLogger("paramscope.gate")
_TOLD_AT_MOST, _GONE_SECONDS = 50, 1.0


class Gate:
    """ASGI middleware that lets in what the dashboard needs, and says why to the rest.

    Args:
        app: what is behind the gate.
        settings: how the server can be reached; by default as it was started.
    """

    def __init__(self, app: ASGIApp, settings: Settings | None = None) -> None:
        self._app = app
        self._given = settings
        self._sessions: Sessions | None = None
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge a request or a WebSocket; all else, as the start of the server, goes through."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope["client"] = (_client(scope, self._settings), 0)
        if scope["type"] == "http":
            await self._http(scope, receive, _with_headers(scope, send))
        else:
            await self._websocket(scope, receive, _with_headers(scope, send))

    @property
    def _settings(self) -> Settings:
        return self._given or here()

    @property
    def _counted(self) -> Sessions:
        if self._sessions is None:
            self._sessions = Sessions(self._settings)
        return self._sessions

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._refused(scope) or self._own_answer(scope)
        if answer is not None:
            await answer(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            _LOG.exception("an answer to %s failed", scope["path"][:200])
            if begun:
                raise
            await refusals.page(500, "the server could not answer; look into its terminal")(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        """What is not let in, with the reason."""
        settings, headers = self._settings, scope["headers"]
        why = hosts.refusal(hosts.caller(scope, headers, scope["client"][0]), settings)
        if why is not None:
            self._tell(why)
            return refusals.page(403, why)
        served = paths.is_socket if scope["type"] == "websocket" else paths.is_served
        if not served(scope["path"], settings):
            return refusals.page(404, "there is nothing for visitors under this address")
        if scope.get("method", "GET") not in paths.METHODS:
            return refusals.page(405, "the dashboard takes no uploads and answers to GET and HEAD only")
        if paths.is_too_large(scope["query_string"], headers):
            return refusals.page(413, "the request is larger than any that the dashboard makes")
        return None

    def _own_answer(self, scope: Scope) -> Response | None:
        """What the gate itself says to a browser that may come in."""
        full = self._counted.full(scope["client"][0])
        if full is not None and paths.is_page(scope["path"], self._settings):
            return refusals.page(503, full)
        secure = scope["scheme"] == "https"
        return arrival.redirect(scope["path"], scope["query_string"], self._settings.port, secure=secure)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"][0]
        answer = self._refused(scope)
        if answer is None and (full := self._counted.full(client)) is not None:
            answer = refusals.page(503, full)
        if answer is not None:
            await _deny(answer, scope, receive, send)
            return
        give_way()
        pace = self._counted.pace(client)
        connection = Connection(receive, send, pace)
        self._counted.enter(client)
        try:
            await pace.keep()
            await self._app(_same_origin(scope), connection.receive, connection.send)
        finally:
            self._counted.leave(client)

    def _tell(self, why: str) -> None:
        """Once for each reason, in the terminal: whoever started the server can put it right."""
        if why and why not in self._told and len(self._told) < _TOLD_AT_MOST:
            self._told.add(why)
            _LOG.warning("Refused: %s.", why, extra={"said_once": True})  # else the log's filter drops it for good


def _client(scope: Scope, settings: Settings) -> str:
    """The address of whoever asks.

    The server has put there what X-Forwarded-For says where this machine's own proxy sent it. Without a proxy, whoever
    sends that header says so of themselves.
    """
    if settings.only_this_machine:
        return "127.0.0.1"
    client = scope.get("client")
    return str(client[0]) if client else ""


def _same_origin(scope: Scope) -> Scope:
    """The scope with an Origin equal to its Host, which is all that Streamlit's own check, less wise, lets in.

    Behind a proxy the two may differ; that they belong together was found before.
    """
    host = next(value for key, value in scope["headers"] if key == b"host")
    headers = [(key, value) for key, value in scope["headers"] if key != b"origin"]
    return {**scope, "headers": [*headers, (b"origin", b"http://" + host)]}


async def _deny(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket before it is one, with the reason where the server can send it."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await answer(scope, receive, send)
        with contextlib.suppress(TimeoutError):  # the server takes a return before the connection is gone for a mistake
            async with asyncio.timeout(_GONE_SECONDS):
                await receive()
                await receive()
    else:
        await send({"type": "websocket.close", "code": 1008})


def _with_headers(scope: Scope, send: Send) -> Send:
    """`send`, with the headers of every answer; ours in place of what was there under the same names."""
    host = name(next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), ""))
    ours = response_headers(trusted=scope["scheme"] in ("https", "wss") or (host is not None and host.is_loopback))

    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            said = (*ours, *keeping_headers(scope["path"], message["status"]))
            names = {key for key, _ in said}
            theirs = [(key, value) for key, value in message.get("headers", []) if key.lower() not in names]
            message = {**message, "headers": [*theirs, *said]}
        await send(message)

    return sending
