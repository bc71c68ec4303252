"""One WebSocket between a browser and Streamlit: what is not wanted is dropped, what breaks the rules ends it."""

from starlette.types import Message, Receive, Send

from pages.gate.messages import PROTOCOL, Pace, fault, is_wanted


class Connection:
    """`receive` and `send` of a WebSocket, as Streamlit sees them.

    Args:
        receive, send: the server's own.
        clients: the pace at which all connections of one client are read together.
    """

    def __init__(self, receive: Receive, send: Send, clients: Pace) -> None:
        self._receive, self._send = receive, send
        self._paces = (Pace(), clients)
        self._ended = False

    async def receive(self) -> Message:
        """The next message that a page of ours would send."""
        while not self._ended:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            for pace in self._paces:
                await pace.keep()
            data = message.get("bytes")
            code = fault(data)
            wanted = is_wanted(data) if code is None and data is not None else False
            if code is not None or wanted is None:
                return await self._end(code or PROTOCOL)
            if wanted:
                return message
        return {"type": "websocket.disconnect", "code": PROTOCOL}

    async def send(self, message: Message) -> None:
        """Pass on what Streamlit says, as long as somebody hears it."""
        if not self._ended:
            await self._send(message)

    async def _end(self, code: int) -> Message:
        self._ended = True
        await self._send({"type": "websocket.close", "code": code, "reason": ""})
        return {"type": "websocket.disconnect", "code": code}
