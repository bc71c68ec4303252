"""What a browser may say over the WebSocket, tried on a real server."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.types import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from pages.gate.connection import Connection
from pages.gate.messages import Pace
from pages.gate.sessions import Sessions
from pages.gate.settings import Settings
from tests.event_loops import awaited
from tests.pages.gate.served import Served, rerun, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as started:
        yield started


def drawn(opened: ClientConnection) -> None:
    """Have the script run, and read all that it sends: that it has ended, and then that none runs."""
    opened.send(rerun())
    ended, deadline = False, time.monotonic() + 120
    while True:
        message = ForwardMsg.FromString(opened.recv(timeout=max(0, deadline - time.monotonic())))
        kind = message.WhichOneof("type")
        ended |= kind == "script_finished"
        if ended and kind == "session_status_changed" and not message.session_status_changed.script_is_running:
            return


def zygotes(server: Served) -> set[int]:
    """What the server has started: the process that its workers are forked from."""
    tasks = Path(f"/proc/{server.process.pid}/task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


def memory(pid: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_no_browser_takes_the_engine_away_by_clearing_the_caches(server: Served) -> None:
    with server.socket() as opened:
        drawn(opened)
        before = zygotes(server)
        assert len(before) == 1
        held = memory(server.process.pid)
        for _ in range(4):
            opened.send(BackMsg(clear_cache=True).SerializeToString())
            drawn(opened)
        time.sleep(1)
        assert zygotes(server) == before
        assert memory(server.process.pid) - held < 100 * 2**20


def test_what_no_page_sends_is_not_heard(server: Served) -> None:
    uploads = BackMsg()
    uploads.file_urls_request.file_names.append("a")
    skills = BackMsg()
    skills.backend_operation_request.install_skills.SetInParent()
    dropped = [
        BackMsg(clear_cache=True).SerializeToString(),
        BackMsg(set_run_on_save=True).SerializeToString(),
        BackMsg(load_git_info=True).SerializeToString(),
        BackMsg(debug_disconnect_websocket=True).SerializeToString(),
        BackMsg(debug_shutdown_runtime=True).SerializeToString(),
        uploads.SerializeToString(),
        skills.SerializeToString(),
        b"",
    ]
    with server.socket() as opened:
        drawn(opened)
        for message in dropped:
            opened.send(message)
        with pytest.raises(TimeoutError):
            opened.recv(timeout=2)  # no answer to any of them
        drawn(opened)  # and the connection goes on
    assert not [line for line in server.printed if "WARNING" in line or "Traceback" in line]


@pytest.mark.parametrize(
    ("sent", "code"),
    [("text", 1002), (b"\xff" * 20, 1002), (b"\0" * (2**20 + 1), 1009)],
    ids=["text", "no message", "too large"],
)
def test_what_breaks_the_rules_ends_the_connection_and_fills_no_log(
    server: Served, sent: str | bytes, code: int
) -> None:
    before = len(server.printed)
    with server.socket() as opened:
        opened.send(sent)
        with pytest.raises(ConnectionClosed) as closed:
            list(opened)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
    assert server.ask("/_stcore/health")[0] == 200
    assert not any("Traceback" in line for line in server.printed[before:])


def test_a_flood_is_read_at_the_pace_of_a_person(server: Served) -> None:
    with server.socket() as flooding, server.socket() as other:
        drawn(other)
        for _ in range(3000):
            flooding.send(rerun("x=1"))
        started = time.monotonic()
        drawn(other)
        assert time.monotonic() - started < 10
        flooding.socket.close()


async def always() -> Message:
    return {"type": "websocket.receive", "bytes": rerun()}


async def nothing(message: Message) -> None:
    raise AssertionError(message)


async def heard(clients: Pace, seconds: float = 1.0) -> int:
    connection, count, until = Connection(always, nothing, clients), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        await connection.receive()
        count += 1
    return count


def test_one_connection_is_not_heard_more_often_than_somebody_clicks() -> None:
    assert 10 <= awaited(heard(Pace(1000, 1000))) <= 100


def test_many_connections_of_one_client_are_heard_as_one() -> None:
    async def together() -> int:
        sessions = Sessions(Settings())
        return sum(await asyncio.gather(*(heard(sessions.pace("10.0.0.1")) for _ in range(30))))

    assert 100 <= awaited(together()) <= 350


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_messages_that_never_end_take_little_memory(server: Served) -> None:
    before = memory(server.process.pid)
    opened = [server.socket() for _ in range(12)]
    for each in opened:
        with suppress(OSError):  # ended by the server, as soon as it reads how long the message is to be
            each.socket.sendall(b"\x82\xff" + (24_000_000).to_bytes(8, "big") + bytes(4) + bytes(23_000_000))
    time.sleep(1)
    assert memory(server.process.pid) - before < 60 * 2**20
    for each in opened:
        each.socket.close()
