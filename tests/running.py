"""A really started server and a really driven Chromium, for browser tests, screenshots and benchmarks."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Request, sync_playwright

from tests.browser_binary import LAUNCH_ARGS, find_chromium

ROOT = Path(__file__).parents[1]
_APP = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
#: Nothing runs, and nothing was asked for that is still to begin.
IDLE = f":root:not([data-asked]) {_APP}"
_START_SECONDS = 120
_SETTLES_SECONDS = 120
#: What a click leads to is sent with it, or after the moment that a link waits for another run.
_ASKS_MILLISECONDS = 1_500
#: A busy server begins later; a run so short that nobody saw it is over by then.
_BEGINS_MILLISECONDS = 10_000
_CONTEXTS: dict[tuple[Browser, str, tuple[int, int]], BrowserContext] = {}
#: Notes in `paramscope` whether the page has asked its server for anything, and whether the script has begun to run.
_WATCH = """() => {
    if (!window.paramscope) {
        const noted = window.paramscope = {}
        const send = WebSocket.prototype.send
        WebSocket.prototype.send = function (message) { noted.asked = true; return send.call(this, message) }
        new MutationObserver(changes => {
            noted.ran ||= changes.some(({target}) => target.dataset.testScriptState !== 'notRunning')
        }).observe(document, {subtree: true, attributes: true, attributeFilter: ['data-test-script-state']})
    }
    Object.assign(window.paramscope, {asked: false, ran: false})
}"""
#: Something is on the page, nothing of it is left from the run before, and every chart and component is drawn: a
#: component's own script comes after its elements, and fills the one that is named here.
_DRAWN = """() => document.querySelector('[data-testid=stMain] [data-testid=stElementContainer]')
    && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
    && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.querySelector('.main-svg'))
    && [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].every(({shadowRoot}) =>
        shadowRoot?.childElementCount && [...shadowRoot.querySelectorAll('canvas')].every(canvas => canvas.drawn)
        && [...shadowRoot.querySelectorAll('.found, .build, .values tbody, .editor .code')].every(e => e.firstChild)
        && [...shadowRoot.querySelectorAll('span[hidden]')].every(enter => enter.listening))"""
#: Letters have their fonts, and what follows of the last drawing has been done. Then the address, or nothing if the
#: script runs again: of two runs that were asked for one begins when the other has ended.
_REST = """async idle => {
    await document.fonts.ready
    const frame = () => new Promise(requestAnimationFrame)
    await frame()
    await frame()
    await new Promise(done => requestIdleCallback(done, {timeout: 1000}))
    return document.querySelector(idle) && location.href
}"""


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(
    script: Path = ROOT / "dashboard.py", port: int | None = None, arguments: Sequence[str] = ()
) -> tuple[subprocess.Popen[bytes], str]:
    """`streamlit run` on loopback, in this checkout, once it answers; the process and its address."""
    return launch(["-m", "streamlit"], script, port, arguments)


def launch(
    python: Sequence[str],
    script: Path = ROOT / "dashboard.py",
    port: int | None = None,
    arguments: Sequence[str] = (),
    *,
    pipes: bool = False,
) -> tuple[subprocess.Popen[bytes], str]:
    """As `start_server`, by what `python` says Python runs; with `pipes` its input and output can be used."""
    port = port or free_port()
    command = [sys.executable, *python, "run", str(script), "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port), "--", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
        stdout=subprocess.PIPE if pipes else subprocess.DEVNULL,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return process, url
        except OSError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"the server did not answer on {url} within {_START_SECONDS} s")


@contextmanager
def server(script: Path = ROOT / "dashboard.py", arguments: Sequence[str] = ()) -> Iterator[str]:
    """A running server's address."""
    process, url = start_server(script, arguments=arguments)
    try:
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(LAUNCH_ARGS))
        try:
            yield browser
        finally:
            browser.close()


def open_page(
    browser: Browser,
    url: str,
    *,
    scheme: Literal["light", "dark"] = "light",
    size: tuple[int, int] = (1440, 900),
    watch: Callable[[Request], None] | None = None,
) -> Page:
    """A tab of its own session, once the page behind `url` has been drawn; close it when it is no longer needed.

    Tabs share what the browser keeps, so that Streamlit's scripts are read once. `watch` is told of every request.
    """
    context = _CONTEXTS.get((browser, scheme, size))
    if context is None or context not in browser.contexts:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        _CONTEXTS[browser, scheme, size] = context
    page = context.new_page()
    if watch is not None:
        page.on("request", watch)
    page.goto(url)
    settle(page)
    return page


def stranger(browser: Browser, url: str) -> Page:
    """A tab of a browser that has never been here."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until the script has run, the page is drawn, and Playwright knows the address that it shows."""
    deadline = time.monotonic() + _SETTLES_SECONDS
    while True:
        page.wait_for_selector(IDLE, timeout=1000 * _SETTLES_SECONDS)
        page.wait_for_function(_DRAWN, timeout=1000 * _SETTLES_SECONDS)
        if page.evaluate(_REST, IDLE) == page.url:
            return
        assert time.monotonic() < deadline, f"the page does not come to rest: {page.url}"


def click(page: Page, key: str) -> None:
    """Click the button with that widget key and wait for what it does."""
    press(page, page.locator(f".st-key-{key} button").first)


def press(page: Page, target: Locator) -> None:
    """Click something that makes the script run, and wait until it has."""
    rerun(page, target.click)


def rerun(page: Page, act: Callable[[], object]) -> None:
    """Do something that makes the script run, and wait until it has; where no run is asked for, for a moment only."""
    page.evaluate(_WATCH)
    act()
    with suppress(Error):
        page.wait_for_function("() => window.paramscope.asked", timeout=_ASKS_MILLISECONDS)
        page.wait_for_function("() => window.paramscope.ran", timeout=_BEGINS_MILLISECONDS)
    settle(page)


def choose(page: Page, key: str, option: str) -> None:
    """Choose an option of the select box with that widget key."""
    page.locator(f".st-key-{key}").get_by_role("combobox").click()
    press(page, page.get_by_role("option", name=option, exact=True))


def visit(page: Page, title: str) -> None:
    """Go to another page of the dashboard by its menu."""
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("heading", name=title, exact=True).wait_for()
    settle(page)
