"""What tests of the editor type and look at."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.reading import soon

MY_INIT = """def my_init(m):
    if type(m) == nn.Linear:
        print("Init", *[(name, param.shape) for name, param in m.named_parameters()][0])
        nn.init.uniform_(m.weight, -10, 10)
        m.weight.data *= m.weight.data.abs() >= 5
"""


def field(page: Page) -> Locator:
    """Where the code is typed."""
    return page.locator(".cm-content")


def write(page: Page, text: str) -> None:
    """Put the text in place of what is in the editor, with the caret at its end."""
    press(page, "Control+A Delete")
    page.keyboard.insert_text(text)


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def no_pause(page: Page) -> None:
    """Until the page is loaded anew no text is sent by itself: a busy machine takes long from key to key."""
    page.evaluate(
        """() => {
            const usual = window.setTimeout
            window.setTimeout = (act, pause, ...rest) => usual(act, pause === 500 ? 600_000 : pause, ...rest)
        }"""
    )


def scrolled(page: Page) -> float:
    """How far down the editor shows its text, in pixels."""
    return float(page.locator(".cm-scroller").evaluate("e => e.scrollTop"))


def middle(target: Locator) -> tuple[float, float]:
    """Where on the page it is pressed."""
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drawn(page: Page) -> str:
    """The text as it is drawn: all of it, where it is short."""
    lines: list[str] = page.locator(".cm-line").evaluate_all("lines => lines.map(line => line.textContent)")
    return "\n".join(lines)


def shows(page: Page, text: str) -> None:
    """The editor draws that text, now or soon."""
    soon(page, lambda: drawn(page), text)


def said(page: Page, text: str) -> None:
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def marks(page: Page, line: int, tokens: list[tuple[str, str]]) -> None:
    """Just these tokens of that line are highlighted, now or soon: the editor parses when it has time."""
    soon(page, lambda: _marked(page, line), tokens)


def _marked(page: Page, line: int) -> list[tuple[str, str]]:
    """Class and text of each highlighted piece of a line, read in one moment."""
    spans = page.locator(".cm-line").nth(line).locator("span[class]")
    found = spans.evaluate_all("spans => spans.map(span => [span.className, span.textContent])")
    return [(kind, text) for kind, text in found]
