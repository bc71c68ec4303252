"""A worker in an interpreter of its own, where forking is unsafe or absent: `python -m core.engine.spawned PORT`.

It reads a token from its standard input, connects to the server on the loopback interface, sends the token and serves.
"""

import os
import socket
import sys
import threading
import time

from core.engine.worker import prepare, serve

_WATCH_SECONDS = 1.0


def main(port: int, token: bytes) -> None:
    """Serve the server that listens on `port` until it goes away."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    prepare()
    try:
        connection = socket.create_connection(("127.0.0.1", port))
    except ConnectionRefusedError:  # the server ended in the meantime
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(token)
    serve(connection)


def _end_with(parent: int) -> None:
    """End this process when its parent has ended, even in the middle of a request."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.stdin.buffer.readline().strip())
