"""What a browser sends over and over does not fill the server's log."""

import asyncio
import logging
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from pages.frame import log
from tests.event_loops import awaited
from tests.processes import comes_true
from tests.running import ROOT, free_port


class TestARepeat:
    @pytest.fixture
    def logger(self) -> logging.Logger:
        logger = logging.Logger("streamlit.of.a.test")
        logger.addFilter(log.Repeats())
        return logger

    def said(self, logger: logging.Logger, times: int) -> list[logging.LogRecord]:
        heard: list[logging.LogRecord] = []

        class Hearing(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                heard.append(record)

        logger.handlers = [Hearing()]
        for number in range(times):
            try:
                raise ValueError(number)
            except ValueError:
                logger.warning("broken %d", number, exc_info=True)
        return heard

    def test_is_written_once_with_its_traceback(self, logger: logging.Logger) -> None:
        (record,) = self.said(logger, 100)
        assert record.getMessage() == "broken 0"
        assert record.exc_info is not None

    def test_is_counted_after_a_minute(self, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [100.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        assert len(self.said(logger, 1_500)) == 1
        now[0] += 61
        (record,) = self.said(logger, 7)
        assert record.getMessage() == "broken 0 (and 1,499 more of these before)"
        assert record.exc_info is None

    def test_of_another_kind_is_another(self, logger: logging.Logger) -> None:
        assert len(self.said(logger, 5)) == 1
        heard = self.said(logger, 0)
        logger.error("something else")
        logger.info("not a warning")
        logger.info("not a warning")
        assert len(heard) == 3

    def test_of_what_is_said_once_anyhow_nothing_is_left_out(self, logger: logging.Logger) -> None:
        heard = self.said(logger, 0)
        for name in ("a.host", "another.host"):
            logger.warning("refused %s", name, extra={"said_once": True})
        assert [record.getMessage() for record in heard] == ["refused a.host", "refused another.host"]


#: No message, an empty one, text, one that is cut off, and one that asks for nothing.
BROKEN = (b"\xff" * 20, b"", "text", b"\x0a\x05ab", BackMsg(debug_shutdown_runtime=False).SerializeToString())


def connected(port: int) -> connect:
    origin, protocol = Origin(f"http://127.0.0.1:{port}"), Subprotocol("streamlit")
    return connect(f"ws://127.0.0.1:{port}/_stcore/stream", origin=origin, subprotocols=[protocol])


async def send_broken_frames(port: int) -> None:
    """Run the page once, then send broken frames of each kind in connections of their own."""
    async with connected(port) as page:
        run = BackMsg()
        run.rerun_script.query_string = ""
        await page.send(run.SerializeToString())
        for _ in range(20):
            await page.recv()
    for frame in BROKEN * 4:
        with suppress(WebSocketException):
            async with connected(port) as connection:
                for _ in range(50):
                    await connection.send(frame)
                    await asyncio.sleep(0.001)


def test_broken_frames_leave_a_few_lines(tmp_path: Path) -> None:
    port, written = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless", "true"]
    with written.open("w") as out:
        process = subprocess.Popen([*command, "--server.port", str(port)], cwd=ROOT, stdout=out, stderr=out)
    try:
        assert comes_true(lambda: answers(port), 120)
        awaited(send_broken_frames(port))
        assert answers(port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)
    text = written.read_text()
    assert len(re.findall("DecodeError", text)) <= 1
    assert len(re.findall("Exception in ASGI application", text)) <= 1
    assert len(re.findall("No handler for", text)) <= 1
    assert len(text.splitlines()) < 150


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=10):
            return True
    except OSError:
        return False
