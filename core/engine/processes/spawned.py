"""A worker in an interpreter of its own, where forking is unsafe or absent.

`python -m core.engine.processes.spawned PORT` starts it. It reads a token from its standard input, connects to the
server on the loopback interface, sends the token and serves. It ends when its standard input does: the server holds the
other end open for as long as it lives.
"""

import gc
import os
import socket
import sys
import threading


def main(port: int, token: bytes) -> None:
    """Serve the server that listens on `port` until it goes away."""
    threading.Thread(target=_end_with_server, daemon=True).start()
    gc.disable()  # its rounds take a quarter of the time that imports do
    from .. import preparing
    from ..worker import serve

    preparing.first()
    gc.freeze()
    gc.enable()
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(token)
    serve(connection)


def _end_with_server() -> None:
    """End this process when its server has ended, even in the middle of a request."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.stdin.buffer.readline().strip())
