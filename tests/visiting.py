"""A visitor without a browser: one WebSocket that speaks Streamlit's protocol, for benchmarks and tests of load.

It does what Streamlit's page in a browser does: it says which page it is on, which address it shows and which large
elements it still has, and keeps the elements that the last run of the script drew.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from core.recipe import link
from core.recipe.recipe import Recipe

#: A run that has not ended by then never will.
_HANGS_SECONDS = 60.0
#: For how many runs a browser keeps a large element, so that it need not be sent again.
_KEPT_RUNS = 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """An element of the page: its widget's id, whether it can be used, and what a component of our own was sent."""

    id: str
    disabled: bool
    json: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the script: seconds from the wish to its end, and every error that it showed."""

    seconds: float
    errors: tuple[str, ...]


class Visit:
    """One tab.

    Attributes:
        query: what stands after the question mark of the address shown.
        drawn: the elements with a key that the last run drew.
    """

    def __init__(self, socket: ClientConnection, url: str) -> None:
        self._socket, self._url = socket, url
        self._pages: dict[str, str] = {}
        self._page = ""
        self._kept: dict[str, tuple[int, str, Drawn]] = {}
        self._run = 0
        self._errors: list[str] = []
        self.query = ""
        self.drawn: dict[str, Drawn] = {}

    @property
    def recipe(self) -> Recipe:
        """The recipe in the address shown."""
        return link.decode(parse_qs(self.query)["recipe"][0])

    async def open(self) -> Run:
        """The first run."""
        return await self._rerun()

    async def go(self, page: str) -> Run:
        """Choose another page of the menu, by the last part of its address."""
        self._page, self.query = self._pages[page], ""  # as the browser leaves out what belongs to the page before
        return await self._rerun()

    async def press(self, key: str) -> Run:
        """Press the button with that key."""
        return await self._rerun(WidgetState(id=self._usable(key), trigger_value=True))

    async def put(self, key: str, text: str) -> Run:
        """Type into the field with that key."""
        return await self._rerun(WidgetState(id=self._usable(key), string_value=text))

    async def report(self, key: str, json: str) -> Run:
        """What the component with that key says in the browser."""
        return await self._rerun(WidgetState(id=self._usable(key), json_value=json))

    def _usable(self, key: str) -> str:
        drawn = self.drawn.get(key)
        if drawn is None or drawn.disabled:
            raise ValueError(f"{key} {'is not on the page' if drawn is None else 'cannot be used just now'}")
        return drawn.id

    async def _rerun(self, *states: WidgetState) -> Run:
        """Have the script run, and wait until it has: a run that asks for another one is not the end."""
        message = BackMsg()
        wish = message.rerun_script
        wish.query_string, wish.page_script_hash = self.query, self._page
        wish.widget_states.widgets.extend(states)
        wish.cached_message_hashes.extend(self._kept)
        wish.context_info.url = self._url
        self._errors = []
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        try:
            async with asyncio.timeout(_HANGS_SECONDS):
                while not self._is_end(ForwardMsg.FromString(await self._received())):
                    pass
        except TimeoutError:
            raise TimeoutError(f"a run of the script did not end within {_HANGS_SECONDS:.0f} s") from None
        seconds = time.perf_counter() - started
        self._run += 1
        self._kept = {key: kept for key, kept in self._kept.items() if self._run - kept[0] < _KEPT_RUNS}
        return Run(seconds, tuple(self._errors))

    async def _received(self) -> bytes:
        data = await self._socket.recv(decode=False)
        return data if isinstance(data, bytes) else data.encode()

    def _is_end(self, message: ForwardMsg) -> bool:
        """Take a message in; whether the run that was wished for ended with it."""
        match message.WhichOneof("type"):
            case "delta":
                self._draw(message.delta, message.hash if message.metadata.cacheable else "")
            case "ref_hash":
                _, key, drawn = self._kept[message.ref_hash]
                self._keep(message.ref_hash, key, drawn)
            case "new_session":
                self._page = message.new_session.page_script_hash
                self.drawn = {}
            case "navigation":
                self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
                self._page = message.navigation.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "session_event" if message.session_event.HasField("script_compilation_exception"):
                self._errors.append(message.session_event.script_compilation_exception.message)
            case "page_not_found":
                self._errors.append(f"no page {message.page_not_found.page_name}")
            case "script_finished":
                return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _draw(self, delta: Delta, cached_as: str) -> None:
        """Keep an element that can be used, and note one that tells of an error."""
        if delta.WhichOneof("type") != "new_element":
            return
        kind = delta.new_element.WhichOneof("type") or "empty"
        inner: Any = getattr(delta.new_element, kind)
        if kind == "exception" or (kind == "alert" and inner.format == Alert.ERROR):
            self._errors.append(inner.message if kind == "exception" else inner.body)
        key = getattr(inner, "id", "").partition("-")[2].partition("-")[2]  # of $$ID-HASH-KEY
        sent = inner.json if kind == "bidi_component" else ""
        self._keep(cached_as, key, Drawn(getattr(inner, "id", ""), getattr(inner, "disabled", False), sent))

    def _keep(self, cached_as: str, key: str, drawn: Drawn) -> None:
        if cached_as:
            self._kept[cached_as] = self._run, key, drawn
        if key not in ("", "None"):
            self.drawn[key] = drawn


@asynccontextmanager
async def visit(url: str, address: str | None = None) -> AsyncIterator[Visit]:
    """A tab of its own session on the dashboard at `url`, that has not run yet.

    Args:
        url: of the server, without a path.
        address: of this machine, that the visitor seems to come from: on Linux each of 127.0.0.0/8 is one.
    """
    parts = urlsplit(url)
    async with connect(
        f"ws://{parts.netloc}/_stcore/stream",
        origin=f"{parts.scheme}://{parts.netloc}",  # type: ignore[arg-type] # a NewType of its own
        subprotocols=["streamlit"],  # type: ignore[list-item] # likewise
        max_size=None,
        ping_interval=None,
        proxy=None,
        open_timeout=_HANGS_SECONDS,
        local_addr=None if address is None else (address, 0),
    ) as socket:
        yield Visit(socket, f"{url}/")
