"""What only a server that was just started shows, and a server that ends: deep links, what it loads, what it leaves."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.reading import pictures
from tests.running import launch, open_page, start_server

_TITLES = {
    "weights": "Weights",
    "modules": "Modules",
    "initialize": "Initialize",
    "schemes": "Schemes",
    "custom": "Code",
    "edit": "Edit",
    "tying": "Tying",
    "script": "Script",
}
#: As `streamlit run`; a line on its input makes the server as fresh as it was before its first visitor: Streamlit then
#: does not know that the pages are those of `st.navigation`, and takes them for a folder of its own.
_LAUNCHER = """
import sys, threading
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

def listen():
    for _ in sys.stdin:
        print("fresh" if PagesManager.uses_pages_directory is False else "without a visitor", flush=True)
        PagesManager.uses_pages_directory = None

threading.Thread(target=listen, daemon=True).start()
cli.main(prog_name="streamlit")
"""


class Fresh:
    """A server that can be made fresh again."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process, self.url = process, url
        self._visited = False

    def again(self) -> None:
        if self._visited:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()
            answers = iter(self.process.stdout.readline, b"")  # after what Streamlit prints at its start
            assert next(line for line in answers if line in (b"fresh\n", b"without a visitor\n")) == b"fresh\n"
        self._visited = True


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    launcher = tmp_path_factory.mktemp("fresh") / "launcher.py"
    launcher.write_text(_LAUNCHER)
    process, url = launch([str(launcher)], pipes=True)
    with process:
        yield Fresh(process, url)
        process.terminate()
        process.wait()  # its last words go to the pipe


@pytest.mark.parametrize("name", _TITLES)
def test_a_deep_link_on_a_fresh_server_shows_its_page_and_frame_and_needs_neither_torch_nor_the_internet(
    browser: Browser, fresh: Fresh, name: str
) -> None:
    fresh.again()
    asked: list[str] = []
    page = open_page(browser, f"{fresh.url}/{name}", watch=lambda request: asked.append(request.url))
    expect(page.get_by_role("heading", name=_TITLES[name], exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(page.get_by_role("link", name="Tying", exact=True)).to_be_visible()
    assert not [url for url in asked if not url.startswith((fresh.url, "data:", "blob:", "ws:"))]
    maps = Path(f"/proc/{fresh.process.pid}/maps")
    if sys.platform == "linux":
        assert "libtorch" not in maps.read_text()


def test_a_server_killed_hard_leaves_no_process_and_on_another_the_same_link_shows_the_same_bytes(
    browser: Browser, fresh: Fresh
) -> None:
    process, url = start_server()
    try:
        page = open_page(browser, f"{url}/")
        values, address = pictures(page), page.url
        workers = descendants(process.pid)
        assert workers
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    until(lambda: not any(map(alive, workers)))
    assert pictures(open_page(browser, address.replace(url, fresh.url))) == values


def descendants(root: int) -> list[int]:
    """Process ids of all that `root` started, and they in turn."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, pending = [], [root]
    while pending:
        children = parents.get(pending.pop(), [])
        found.extend(children)
        pending.extend(children)
    return found


def alive(pid: int) -> bool:
    """Whether the process exists and is not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that no event tells of; a minute is for the busiest machine."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
