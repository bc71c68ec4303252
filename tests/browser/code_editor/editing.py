"""What tests of the editor type and look at."""

from playwright.sync_api import Page, expect

MY_INIT = """def my_init(m):
    if type(m) == nn.Linear:
        print("Init", *[(name, param.shape) for name, param in m.named_parameters()][0])
        nn.init.uniform_(m.weight, -10, 10)
        m.weight.data *= m.weight.data.abs() >= 5
"""


def write(page: Page, text: str) -> None:
    """Put the text in place of what is in the editor, with the caret at its end."""
    press(page, "Control+A Delete")
    page.keyboard.insert_text(text)


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def shows(page: Page, text: str) -> None:
    """The field, the lines over it and their numbers agree."""
    expect(page.locator("textarea")).to_have_value(text)
    assert page.locator(".line").evaluate_all("lines => lines.map(line => line.textContent)") == text.split("\n")
    assert page.locator(".number").count() == len(text.split("\n"))


def said(page: Page, text: str) -> None:
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def caret(page: Page) -> list[int]:
    selection: list[int] = page.locator("textarea").evaluate("e => [e.selectionStart, e.selectionEnd]")
    return selection


def tokens(page: Page, line: int) -> list[tuple[str, str]]:
    spans = page.locator(".line").nth(line).locator("span")
    return [(span.get_attribute("class") or "", span.inner_text()) for span in spans.all()]
