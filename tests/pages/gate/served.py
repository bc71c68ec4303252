"""A dashboard started as an operator starts it, its doors knocked at by hand."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.running import ROOT, free_port

#: What has not come by then never will, however busy the machine is.
_HANGS_SECONDS = 120.0


@dataclass
class Served:
    """A running server, and what it has printed."""

    process: subprocess.Popen[str]
    port: int
    address: str = "127.0.0.1"
    printed: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], str]:
        """Status, headers by their names in small letters, and text of an answer."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=_HANGS_SECONDS)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            return response.status, {name.lower(): value for name, value in response.getheaders()}, text
        finally:
            connection.close()

    def socket(
        self, origin: str | None = "", host: str | None = None, path: str = "/_stcore/stream", **headers: str
    ) -> ClientConnection:
        """An open WebSocket; "" is the server's own origin, None none at all."""
        authority = host or self.origin.removeprefix("http://")
        return connect(
            f"ws://{authority}{path}",
            sock=socket.create_connection((self.address, self.port), timeout=_HANGS_SECONDS),
            origin=None if origin is None else Origin(origin or self.origin),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
            max_size=None,
            proxy=None,
            open_timeout=_HANGS_SECONDS,
            ping_interval=None,
        )

    def says(self, words: str) -> str:
        """The printed line with those words, once it is there."""
        deadline = time.monotonic() + _HANGS_SECONDS
        while time.monotonic() < deadline:
            for line in list(self.printed):
                if words in line:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"{words!r} was not printed: {''.join(self.printed)}")


@contextmanager
def served(*options: str, address: str = "127.0.0.1", **environment: str) -> Iterator[Served]:
    """`streamlit run dashboard.py` with those options, once it answers under that address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port), *options],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )
    server = Served(process, port, address)
    reading = threading.Thread(target=lambda: server.printed.extend(process.stdout or ()), daemon=True)
    reading.start()
    try:
        deadline = time.monotonic() + _HANGS_SECONDS
        while True:
            try:
                server.ask("/_stcore/health")
                break
            except OSError:
                assert process.poll() is None, "".join(server.printed)
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait(_HANGS_SECONDS)
        reading.join(_HANGS_SECONDS)
        if process.stdout:
            process.stdout.close()


def rerun(query: str = "") -> bytes:
    """What a browser sends to have the script run."""
    message = BackMsg()
    message.rerun_script.query_string = query
    return bytes(message.SerializeToString())
