"""The one address that the terminal shows, and the browser that is opened with it."""

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.engine.jail.isolation import Isolation
from pages.frame import engine
from pages.gate import token
from tests.pages.gate.served import served


@pytest.mark.skipif(sys.platform != "linux", reason="what opens a browser is replaced by name")
@pytest.mark.parametrize("code", ["local", ""])
def test_the_browser_is_opened_with_the_printed_address(tmp_path: Path, code: str) -> None:
    opened = tmp_path / "opened"
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {opened}\n')
    opener.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    with served("--server.headless", "false", PATH=path, PARAMSCOPE_CODE=code) as server:
        line = server.says("Paramscope is at")
        deadline = time.monotonic() + 120
        while not opened.exists() or not opened.read_text().endswith("\n"):
            assert time.monotonic() < deadline, "no browser was opened"
            time.sleep(0.05)
    (url,) = opened.read_text().split()
    assert url in line.split()
    assert ("?token=" in url) == (code == "local")


def test_where_the_jail_turns_out_not_to_hold_the_address_with_the_token_follows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for mode, told in (("isolated", False), ("off", False), ("local", True)):
        isolation = Isolation(cast("Any", mode), "because")
        engine._tell(cast("Any", SimpleNamespace(isolation=lambda found=isolation: found)))
        assert (token.value() in capsys.readouterr().out) == told
