"""The code editor and Python: running, reruns while one types, texts pushed from Python, errors."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.code_editor.editing import caret, press, said, shows, write


@pytest.mark.usefixtures("new_session")
@pytest.mark.parametrize("way", ["keys", "button", "double click"])
def test_running_sends_the_text_in_one_rerun_and_is_told_once(page: Page, way: str) -> None:
    write(page, "x = 1")
    button = page.get_by_role("button", name="Run it")
    {"keys": lambda: press(page, "Control+Enter"), "button": button.click, "double click": button.dblclick}[way]()
    said(page, "runs 2 heard 1 run True")
    said(page, "got 'x = 1'")
    page.get_by_role("button", name="again").click()
    said(page, "runs 3 heard 1 run False")
    page.locator("textarea").focus()
    page.keyboard.type("2")
    page.keyboard.press("Control+Enter")
    said(page, "runs 4 heard 2 run True")
    said(page, "got 'x = 12'")


@pytest.mark.usefixtures("new_session")
def test_a_run_is_not_lost_when_typing_goes_on(page: Page) -> None:
    write(page, "x")
    page.get_by_text("slow", exact=True).click()
    page.locator("textarea").focus()
    page.keyboard.press("Control+Enter")
    page.keyboard.type("yz")
    said(page, "got 'xyz'")
    expect(page.get_by_text("heard 1 run False")).to_be_visible()
    shows(page, "xyz")


@pytest.mark.usefixtures("new_session")
def test_a_rerun_in_the_middle_of_typing_takes_nothing(page: Page) -> None:
    write(page, "one\ntwo")
    page.get_by_text("slow", exact=True).click()
    page.locator("textarea").focus()
    press(page, "Control+Home End")
    page.keyboard.type(" and")
    page.locator("textarea").evaluate("e => { e.mark = 'same element'; }")
    page.get_by_role("button", name="again").click()
    page.locator("textarea").focus()
    page.keyboard.type(" more", delay=120)
    said(page, "got 'one and more\\ntwo'")
    assert caret(page) == [12, 12]
    shows(page, "one and more\ntwo")
    assert page.locator("textarea").evaluate("e => e.mark") == "same element"


@pytest.mark.usefixtures("new_session")
def test_a_press_that_leaves_the_caret_in_the_editor_finds_what_was_typed(page: Page) -> None:
    again = page.get_by_role("button", name="again")
    again.evaluate("button => button.addEventListener('mousedown', event => event.preventDefault())")
    write(page, "just typed")
    again.click()
    said(page, "again with 'just typed'")
    expect(page.locator("textarea")).to_be_focused()


@pytest.mark.usefixtures("new_session")
def test_typing_goes_on_when_something_new_appears_above(page: Page) -> None:
    write(page, "x")
    page.keyboard.type(" above")
    expect(page.get_by_text("something new above")).to_be_visible()
    page.keyboard.type(" y")
    shows(page, "x above y")


@pytest.mark.usefixtures("new_session")
def test_another_page_and_back(page: Page) -> None:
    write(page, "".join(f"line{i}\n" for i in range(60)))
    page.keyboard.type("end")
    scroll = page.locator("textarea").evaluate("e => e.scrollTop")
    page.get_by_role("link", name="Other").click(delay=80)  # shorter than a person's, and Streamlit forgets it
    expect(page.get_by_text("nothing here")).to_be_visible()
    page.get_by_role("link", name="Editor").click()
    expect(page.locator("textarea")).to_have_value("".join(f"line{i}\n" for i in range(60)) + "end")
    assert page.locator("textarea").evaluate("e => [e.scrollTop, e.value.length - e.selectionEnd]") == [scroll, 0]
    expect(page.get_by_text("line59\\nend")).to_be_visible()
    assert scroll > 500


@pytest.mark.usefixtures("new_session")
def test_a_push_replaces_the_text_and_undo_brings_it_back(page: Page) -> None:
    write(page, "mine")
    page.get_by_role("button", name="template").click()
    expect(page.locator("textarea")).to_have_value("template = 1\n")
    shows(page, "template = 1\n")
    said(page, "got 'template = 1\\n'")
    page.locator("textarea").focus()
    press(page, "Control+End")
    page.keyboard.type("y")
    press(page, "Control+z Control+z")
    shows(page, "mine")
    said(page, "got 'mine'")
    page.get_by_role("button", name="template").click()
    expect(page.locator("textarea")).to_have_value("template = 1\n")


@pytest.mark.usefixtures("new_session")
def test_an_error_is_shown_at_its_line_and_moves_with_it(page: Page) -> None:
    outside = page.locator(".editor").bounding_box()
    page.get_by_text("broken", exact=True).click()
    said(page, "Line 3: <b>not</b> defined")
    expect(page.locator(".number.error")).to_have_text("3")
    expect(page.locator(".line.error")).to_contain_text("print")
    expect(page.locator("textarea")).to_have_attribute("aria-invalid", "true")
    assert page.locator(".editor").bounding_box() == outside
    page.locator("textarea").focus()
    press(page, "Control+Home Enter")
    expect(page.locator(".number.error")).to_have_text("4")
    expect(page.locator(".line.error")).to_contain_text("print")
    press(page, "Control+End Enter ArrowLeft ArrowLeft")
    expect(page.locator(".number.error")).to_have_text("4")
    press(page, "Control+Home ArrowDown ArrowDown ArrowDown Shift+End Delete")
    expect(page.locator(".number.error")).to_have_text("4")
    press(page, "Backspace")
    expect(page.locator(".error")).to_have_count(0)
    said(page, "Line 3: <b>not</b> defined")
    page.get_by_text("broken", exact=True).click()
    expect(page.locator(".error")).to_have_count(0)
