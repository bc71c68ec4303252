"""The code editor and Python: running, reruns while one types, texts pushed from Python, errors."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.code_editor.editing import field, middle, no_pause, press, said, scrolled, shows, write
from tests.browser.pressing import WAYS, touching_page
from tests.browser.reading import soon
from tests.running import settle


@pytest.mark.usefixtures("new_session")
@pytest.mark.parametrize("way", ["keys", "button", "double click"])
def test_running_sends_the_text_in_one_rerun_and_is_told_once(page: Page, way: str) -> None:
    at = middle(page.get_by_role("button", name="Run it"))
    no_pause(page)
    write(page, "x = 1")
    {
        "keys": lambda: press(page, "Control+Enter"),
        "button": lambda: page.mouse.click(*at),
        "double click": lambda: page.mouse.dblclick(*at),
    }[way]()
    said(page, "runs 2 heard 1 run True")
    said(page, "got 'x = 1'")
    page.get_by_role("button", name="again").click()
    said(page, "runs 3 heard 1 run False")
    field(page).focus()
    page.keyboard.type("2")
    page.keyboard.press("Control+Enter")
    said(page, "runs 4 heard 2 run True")
    said(page, "got 'x = 12'")


@pytest.mark.usefixtures("new_session")
def test_a_run_is_not_lost_when_typing_goes_on(page: Page) -> None:
    write(page, "x")
    page.get_by_text("slow", exact=True).click()
    field(page).focus()
    page.keyboard.press("Control+Enter")
    page.keyboard.type("yz")
    said(page, "got 'xyz'")
    expect(page.get_by_text("heard 1 run False")).to_be_visible()
    shows(page, "xyz")


@pytest.mark.usefixtures("new_session")
def test_a_rerun_in_the_middle_of_typing_takes_nothing(page: Page) -> None:
    write(page, "one\ntwo")
    page.get_by_text("slow", exact=True).click()
    field(page).focus()
    press(page, "Control+Home End")
    page.keyboard.type(" and")
    field(page).evaluate("e => { e.mark = 'same element'; }")
    page.get_by_role("button", name="again").click()
    field(page).focus()
    page.keyboard.type(" more", delay=120)
    said(page, "got 'one and more\\ntwo'")
    shows(page, "one and more\ntwo")
    assert field(page).evaluate("e => e.mark") == "same element"


@pytest.mark.usefixtures("new_session")
def test_a_press_that_leaves_the_caret_in_the_editor_finds_what_was_typed(page: Page) -> None:
    again = page.get_by_role("button", name="again")
    again.evaluate("button => button.addEventListener('mousedown', event => event.preventDefault())")
    write(page, "just typed")
    again.click()
    said(page, "again with 'just typed'")
    expect(field(page)).to_be_focused()


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
    expect(page.locator(".cm-line").last).to_be_in_viewport()
    soon(page, lambda: scrolled(page) > 500, True)
    settle(page)
    scroll = scrolled(page)
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_text("nothing here")).to_be_visible()
    page.get_by_role("link", name="Editor").click()
    expect(page.locator(".cm-line").last).to_have_text("end")
    expect(page.get_by_text("line59\\nend")).to_be_visible()
    soon(page, lambda: scrolled(page), pytest.approx(scroll, abs=2))
    field(page).focus()
    press(page, "Control+z")  # what was done before is known
    expect(page.get_by_text("line59\\nend")).to_be_hidden()


@pytest.mark.parametrize("wait", [0, 100, 480, 520])
@pytest.mark.parametrize("held", [0, 1, 60])
@pytest.mark.usefixtures("new_session")
def test_a_page_link_that_is_clicked_right_after_typing_takes_the_text_along(page: Page, held: int, wait: int) -> None:
    write(page, "x = 1\n")
    page.keyboard.type(f"y = {held} + {wait}")
    page.wait_for_timeout(wait)
    page.get_by_role("link", name="Kept").click(delay=held)
    said(page, f"kept 'x = 1\\ny = {held} + {wait}'")
    page.get_by_role("link", name="Editor").click()
    shows(page, f"x = 1\ny = {held} + {wait}")


def type_while_busy(page: Page) -> None:
    """Type on while a run takes a second."""
    write(page, "x = 1\n")
    page.get_by_text("busy", exact=True).click()
    said(page, "got 'x = 1\\n'")
    page.get_by_role("button", name="again").click()
    field(page).focus()
    press(page, "Control+End")
    page.keyboard.type("typed meanwhile")


@pytest.mark.usefixtures("new_session")
def test_a_page_link_waits_for_what_was_typed_also_while_the_script_is_busy(page: Page) -> None:
    type_while_busy(page)
    page.get_by_role("link", name="Kept").click()
    said(page, "kept 'x = 1\\ntyped meanwhile'")
    page.get_by_role("link", name="Editor").click()
    shows(page, "x = 1\ntyped meanwhile")


def come_back(page: Page) -> None:
    """Go to another page and from there to the editor, so that Back has somewhere to lead to."""
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_text("nothing here")).to_be_visible()
    page.get_by_role("link", name="Editor").click()
    field(page).click()
    settle(page)


@pytest.mark.usefixtures("new_session")
def test_the_browsers_back_finds_what_was_typed(page: Page) -> None:
    come_back(page)
    write(page, "typed, and gone back at once")
    page.go_back()
    expect(page.get_by_text("nothing here")).to_be_visible()
    page.go_forward()
    shows(page, "typed, and gone back at once")
    said(page, "got 'typed, and gone back at once'")


@pytest.mark.usefixtures("new_session")
def test_back_waits_for_what_was_typed_also_while_the_script_is_busy(page: Page) -> None:
    come_back(page)
    type_while_busy(page)
    page.go_back()
    expect(page.get_by_text("nothing here")).to_be_visible()
    page.go_forward()
    shows(page, "x = 1\ntyped meanwhile")
    said(page, "got 'x = 1\\ntyped meanwhile'")


@pytest.mark.usefixtures("new_session")
def test_a_push_replaces_the_text_and_undo_brings_it_back(page: Page) -> None:
    write(page, "mine")
    page.get_by_role("button", name="template").click()
    shows(page, "template = 1\n")
    said(page, "got 'template = 1\\n'")
    field(page).focus()
    press(page, "Control+End")
    page.keyboard.type("y")
    press(page, "Control+z Control+z")
    shows(page, "mine")
    said(page, "got 'mine'")
    page.get_by_role("button", name="template").click()
    shows(page, "template = 1\n")


@pytest.mark.usefixtures("new_session")
def test_an_error_is_shown_at_its_line_and_moves_with_it(page: Page) -> None:
    number, line = page.locator(".cm-lineNumbers .error"), page.locator(".cm-line.error")
    outside = page.locator(".editor").bounding_box()
    page.get_by_text("broken", exact=True).click()
    said(page, "Line 3: <b>not</b> defined")
    expect(number).to_have_text("3")
    expect(line).to_contain_text("print")
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    expect(field(page)).to_have_accessible_description("Line 3: <b>not</b> defined")
    assert page.locator(".editor").bounding_box() == outside
    field(page).focus()
    press(page, "Control+Home Enter")
    expect(number).to_have_text("4")
    expect(line).to_contain_text("print")
    press(page, "Control+End Enter ArrowLeft ArrowLeft")
    expect(number).to_have_text("4")
    press(page, "Control+Home ArrowDown ArrowDown ArrowDown Shift+End Shift+End Delete")
    expect(number).to_have_text("4")
    press(page, "Backspace")
    expect(line).to_have_count(0)
    said(page, "Line 3: <b>not</b> defined")
    page.get_by_text("broken", exact=True).click()
    said(page, "Ctrl+F finds and replaces. Tab indents; Esc, then Tab leaves.")
    expect(field(page)).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("new_session")
def test_a_run_has_the_seed_and_the_code_that_were_just_typed(browser: Browser, app: str, way: str) -> None:
    page = touching_page(browser, app)
    field(page).click()
    write(page, "x = 1")
    seed = page.locator(".st-key-seed input")
    seed.click()
    press(page, "Control+A")
    page.keyboard.type("501")
    WAYS[way](page, seed, page.get_by_role("button", name="Run it"))
    said(page, "5 characters, last run '501:x = 1'")
    page.context.close()


@pytest.mark.parametrize("way", ["a press of 1 ms", "a press of 60 ms", "Ctrl+Enter", "touch"])
@pytest.mark.usefixtures("new_session")
def test_a_run_has_the_code_that_was_just_typed_after_the_seed(browser: Browser, app: str, way: str) -> None:
    page = touching_page(browser, app)
    page.locator(".st-key-seed input").fill("502")
    field(page).click()
    write(page, "y = 2")
    WAYS[way](page, field(page), page.get_by_role("button", name="Run it"))
    said(page, "5 characters, last run '502:y = 2'")
    page.context.close()
