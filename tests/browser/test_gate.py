"""The gate in a real browser: every page draws under its policy, and whoever should not come in sees why."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from pages.frame.session import opening
from tests.browser_binary import LAUNCH_ARGS, find_chromium
from tests.pages.gate.served import served
from tests.running import open_page, press, settle

_PAGES = ("", "modules", "initialize", "schemes", "custom", "edit", "tying", "script")


@contextmanager
def elsewhere(browser: Browser, *names: str) -> Iterator[BrowserContext]:
    """A browser to which those names lead to this machine."""
    rules = ", ".join(f"MAP {name} 127.0.0.1" for name in names)
    args = [*LAUNCH_ARGS, f"--host-resolver-rules={rules}"]
    started = browser.browser_type.launch(executable_path=find_chromium(), args=args)
    try:
        yield started.new_context()
    finally:
        started.close()


def test_every_page_draws_under_the_policy_and_the_browser_refuses_nothing(dashboard: str, browser: Browser) -> None:
    page = browser.new_context().new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    for name in _PAGES:
        page.goto(f"{dashboard}/{name}")
        settle(page)
    recipe = Recipe("mlp", arguments=(("n_in", 512), ("hidden", 1024)))
    page.goto(f"{dashboard}/?recipe={link.encode(recipe)}")
    settle(page)
    press(page, page.locator("[class*=st-key-open_] button").first)  # a chart of Plotly's
    page.goto(f"{dashboard}/tying?recipe={link.encode(opening('shared_mlp'))}")
    settle(page)
    press(page, page.get_by_role("radio", name="Training", exact=True))  # a film on a canvas
    assert not refused
    page.context.close()


def test_a_page_can_load_nothing_from_elsewhere(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, f"{dashboard}/script")
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.context.route("http://elsewhere.example/**", lambda route: route.fulfill(body="there"))
    for attempt in (
        "fetch('http://elsewhere.example/a')",
        "new Promise((_, no) => { const i = new Image(); i.onerror = no; i.src = 'http://elsewhere.example/b' })",
        "import('http://elsewhere.example/c.js')",
        "new Promise((_, no) => { const s = document.createElement('script'); s.onerror = no;"
        " s.src = 'http://elsewhere.example/d.js'; document.head.append(s) })",
        "new Promise((_, no) => { const s = document.createElement('link'); s.onerror = no; s.rel = 'stylesheet';"
        " s.href = 'http://elsewhere.example/e.css'; document.head.append(s) })",
        "new Promise((_, no) => { const s = new WebSocket('ws://elsewhere.example/f'); s.onerror = no })",
    ):
        assert page.evaluate(f"() => ({attempt}).then(() => 'came through', () => 'refused')") == "refused", attempt
    page.evaluate("() => navigator.sendBeacon('http://elsewhere.example/g', 'x')")
    page.context.unroute("http://elsewhere.example/**")
    assert not [url for url in asked if "elsewhere.example" in url]


def test_no_other_page_shows_the_dashboard_in_a_frame(dashboard: str, browser: Browser) -> None:
    page = browser.new_context().new_page()
    frame = f'<iframe src="{dashboard}/?recipe={link.encode(opening("mlp"))}"></iframe>'
    page.route("http://other.example/", lambda route: route.fulfill(body=frame, content_type="text/html"))
    sockets: list[str] = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    with page.expect_event("requestfailed"):
        page.goto("http://other.example/")
    page.wait_for_timeout(2000)
    assert not sockets
    assert not page.frames[-1].locator("[data-testid=stApp]").count()
    page.context.close()


@pytest.mark.parametrize("given", ['["your.host"]'])
def test_the_name_that_the_operator_gave_opens_and_another_says_what_to_do(browser: Browser, given: str) -> None:
    with served("--server.allowedHosts", given) as server, elsewhere(browser, "your.host", "other.host") as context:
        page = context.new_page()
        page.goto(f"http://your.host:{server.port}/weights")
        settle(page)
        expect(page.get_by_role("heading", name="Weights", exact=True)).to_be_visible()
        answer = page.goto(f"http://other.host:{server.port}/")
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_text("does not go by the name other.host")).to_be_visible()
        expect(page.get_by_text("--server.allowedHosts other.host")).to_be_visible()


def test_a_server_that_listens_everywhere_opens_under_this_machines_other_address(browser: Browser) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: only asks from which address it would be
        except OSError:
            pytest.skip("this machine has no other address")
        own = probe.getsockname()[0]
    with served("--server.address", "0.0.0.0") as server:
        page = browser.new_context().new_page()
        page.goto(f"http://{own}:{server.port}/")
        settle(page)
        expect(page.get_by_role("heading", name="Weights", exact=True)).to_be_visible()
        page.context.close()
        server.says("Other machines reach this server by its numeric address")


def test_the_printed_address_leaves_no_token_in_the_address_bar_and_other_tabs_have_it(browser: Browser) -> None:
    with served(PARAMSCOPE_CODE="local") as server:
        found = re.search(r"http://\S+", server.says("Paramscope is at"))
        assert found is not None
        context = browser.new_context()
        page = context.new_page()
        page.goto(found[0])
        settle(page)
        expect(page).not_to_have_url(re.compile("token"))
        assert page.evaluate("() => document.cookie.includes('paramscope_token')") is False
        (kept,) = [cookie for cookie in context.cookies() if cookie["name"].startswith("paramscope_token")]
        assert (kept["httpOnly"], kept["sameSite"]) == (True, "Strict")
        assert holds(context.new_page(), server.port, kept["value"])
        context.close()


def holds(page: Page, port: int, value: str) -> bool:
    """Whether another tab's WebSocket brings the cookie along."""
    sent: list[str] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.webSocketWillSendHandshakeRequest",
        lambda event: sent.append(event["request"]["headers"].get("Cookie", "")),
    )
    page.goto(f"http://localhost:{port}/script")
    settle(page)
    return any(value in cookies for cookies in sent)
