"""The code editor: what it keeps in session state, and the component in a real Chromium."""

import difflib
import inspect
import io
import textwrap
import tokenize
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from pages.components import code_editor as component
from tests import running

MY_INIT = """def my_init(m):
    if type(m) == nn.Linear:
        print("Init", *[(name, param.shape) for name, param in m.named_parameters()][0])
        nn.init.uniform_(m.weight, -10, 10)
        m.weight.data *= m.weight.data.abs() >= 5
"""
HOSTILE = "<img src=x onerror=document.title='hacked'><b id=bold>bold</b></textarea><script>alert(1)</script>"


# ---- without a browser ----


def small_app() -> None:
    import streamlit as st

    from pages.components.code_editor import code_editor

    state = st.session_state
    state.setdefault("heard", [])
    state.setdefault("choice", ["first", 0])
    if st.button("template", key="template"):
        state.choice = ["template", state.choice[1] + 1]
    text, version = state.choice
    got = code_editor(text, key="init", version=version)
    state.heard = [*state.heard, *([got.text] if got.run else [])]
    st.text(f"{got.text!r} {got.run} {state.heard}")


def test_typing_and_running_without_a_browser() -> None:
    app = AppTest.from_function(small_app, default_timeout=20)
    assert app.run().text[0].value == "'first' False []"
    app.session_state["init"] = {"submitted": {"text": "typed"}}
    assert app.run().text[0].value == "'typed' False []"
    app.session_state["init"] = {"submitted": {"text": "typed", "run": 1}}
    assert app.run().text[0].value == "'typed' True ['typed']"
    assert app.run().text[0].value == "'typed' False ['typed']"
    app.button(key="template").click().run()
    assert app.text[0].value == "'template' False ['typed']"
    app.session_state["init"] = {"submitted": {"text": "more", "run": 2}}
    assert app.run().text[0].value == "'more' True ['typed', 'more']"
    app.button(key="template").click().run()
    assert app.text[0].value == "'template' False ['typed', 'more']"


def test_a_text_that_is_there_already_replaces_nothing_and_takes_no_run_back() -> None:
    app = AppTest.from_function(small_app, default_timeout=20)
    app.run()
    app.session_state["init"] = {"submitted": {"text": "template", "run": 1}}
    app.button(key="template").click().run()
    assert app.text[0].value == "'template' True ['template']"


@pytest.mark.parametrize(
    "report", [None, "text", 3, {}, {"text": 7}, {"text": "x" * 20_001}, {"run": 1}, {"text": "old", "push": "old"}]
)
def test_a_report_that_is_none_changes_nothing(report: object) -> None:
    app = AppTest.from_function(small_app, default_timeout=20)
    app.run()
    app.session_state["init"] = {"submitted": report}
    assert app.run().text[0].value == "'first' False []"
    assert not app.exception


def test_a_browser_that_outlives_the_server_goes_on_with_its_text_and_runs_nothing_again() -> None:
    app = AppTest.from_function(small_app, default_timeout=20)
    app.session_state["init"] = {"submitted": {"text": "typed before", "push": "before", "run": 7}}
    assert app.run().text[0].value == "'typed before' False []"


def test_text_is_sent_as_utf_8_can_hold_it_and_python_can_compile_it() -> None:
    assert component._clean("a\ud83d\ude00b\udc80\ud800\0\r\nc\rd") == "a😀b\ufffd\ufffd\ufffd\nc\nd"
    assert component._lines("one\ntwo\u202e\x1b[0m") == "one\ntwo\\u202e\\u001b[0m"
    assert component._lines("line\n" * 40).count("\n") == 12


# ---- in the browser ----

APP = f"""
import time

import streamlit as st

from pages.components.code_editor import code_editor

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("heard", [])
state.setdefault("choice", [{MY_INIT!r}, 0])
state.setdefault("last", "")
state.runs = state.get("runs", 0) + 1


def editor():
    left, right = st.columns([3, 2])
    with right:
        again = st.button("again", key="again")
        if st.button("template", key="template"):
            state.choice = ["template = 1\\n", state.runs]
        if st.button("long", key="long"):
            state.choice = ["".join(f"x{{i}} = {{i}}\\n" for i in range(1400)), state.runs]
        st.toggle("broken", key="broken")
        slow = st.toggle("slow", key="slow")
    with left:
        if "above" in state.last:
            st.info("something new above")
        failure = {{"sentence": "Line 3: <b>not</b> defined", "line": 3, "printed": ""}} if state.broken else None
        text, version = state.choice
        got = code_editor(text, key="init", version=version, failure=failure, run_label="Run it")
        state.heard = [*state.heard, *([got.text] if got.run else [])]
        if "above" in got.text and got.text != state.last:
            state.last = got.text
            st.rerun()
    if slow:
        time.sleep(0.4)
    right.text(f"runs {{state.runs}} heard {{len(state.heard)}} run {{got.run}}")
    right.text(f"got {{got.text[-40:]!a}}")
    if again:
        right.text(f"again with {{got.text[-40:]!a}}")


def other():
    st.text("nothing here")


st.navigation([st.Page(editor, title="Editor", default=True), st.Page(other, title="Other")]).run()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("code_editor") / "app.py"
    script.write_text(APP)
    with running.server(script) as url:
        yield url


@pytest.fixture(scope="module")
def tab(browser: Browser, server: str) -> Iterator[tuple[Page, list[str]]]:
    """The app in a page, and what that page complains about."""
    page = running.open_page(browser, server, size=(1280, 720))
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    yield page, complaints
    page.context.close()


@pytest.fixture
def page(tab: tuple[Page, list[str]]) -> Iterator[Page]:
    """The app with the caret in the editor, in a session that may have seen other tests."""
    page, complaints = tab
    page.locator("textarea").focus()
    yield page
    assert complaints == []


@pytest.fixture
def new_session(page: Page) -> None:
    """The script has run once, and nobody has done anything."""
    page.reload()
    running.settle(page)
    page.locator("textarea").focus()


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


@pytest.mark.browser
@pytest.mark.usefixtures("new_session")
def test_the_notebooks_init_is_highlighted(page: Page) -> None:
    shows(page, MY_INIT)
    assert tokens(page, 0) == [("keyword", "def"), ("definition", "my_init")]
    assert tokens(page, 1) == [("keyword", "if"), ("builtin", "type")]
    assert tokens(page, 2) == [
        ("builtin", "print"),
        ("string", '"Init"'),
        ("keyword", "for"),
        ("keyword", "in"),
        ("numeral", "0"),
    ]
    assert tokens(page, 3) == [("numeral", "10"), ("numeral", "10")]
    assert tokens(page, 4) == [("numeral", "5")]  # .abs is an attribute here, not the builtin
    press(page, "Control+Home ArrowDown ArrowDown")
    expect(page.locator(".number.current")).to_have_text("3")


@pytest.mark.browser
def test_strings_comments_numbers_and_decorators(page: Page) -> None:
    write(page, '@torch.no_grad()\nx = rb"\\"" + f\'{y}\' # "c"\n"""a\nb""" 1_0.5e-3j\n\'open\\\non\' 0xFf\nm @ w')
    assert [tokens(page, line) for line in range(7)] == [
        [("decorator", "@torch.no_grad")],
        [("string", 'rb"\\""'), ("string", "f'{y}'"), ("comment", '# "c"')],
        [("string", '"""a')],
        [("string", 'b"""'), ("numeral", "1_0.5e-3j")],
        [("string", "'open\\")],
        [("string", "on'"), ("numeral", "0xFf")],
        [],
    ]
    press(page, "Control+Home")
    page.keyboard.type("'''")
    assert [tokens(page, line)[0][0] for line in (0, 2, 3)] == ["string"] * 3
    assert tokens(page, 6) == [("string", "m @ w")]


def spans(source: str) -> list[tuple[str, str]]:
    """What Python itself takes for a string, a comment or a number."""
    lines = source.splitlines(keepends=True)
    found: list[tuple[str, tuple[int, int], tuple[int, int]]] = []
    opened: list[tuple[int, int]] = []  # f-strings, which are several tokens since Python 3.12
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name == "FSTRING_START":
            opened.append(token.start)
        elif name == "FSTRING_END":
            start = opened.pop()
            if not opened:
                found.append(("string", start, token.end))
        elif not opened and name in ("STRING", "COMMENT", "NUMBER"):
            found.append((name.lower().replace("number", "numeral"), token.start, token.end))

    def between(start: tuple[int, int], end: tuple[int, int]) -> str:
        parts = lines[start[0] - 1 : end[0]]
        parts[-1] = parts[-1][: end[1]]
        parts[0] = parts[0][start[1] :]
        return "".join(parts)

    return [(kind, text) for kind, start, end in found for text in between(start, end).split("\n") if text]


@pytest.mark.browser
@pytest.mark.parametrize("source", [difflib, textwrap, component], ids=lambda m: m.__name__)
def test_strings_comments_and_numbers_are_those_that_python_finds(page: Page, source: ModuleType) -> None:
    text = inspect.getsource(source)
    found = page.evaluate(
        f"""source => {{
            {(Path(component.__file__).parent / "python.js").read_text()}
            let open = ''
            return source.split('\\n').flatMap(line => {{
                const read = tokenize(line, open)
                open = read.open
                return read.tokens
            }})
        }}""",
        text,
    )
    assert "".join(token for _, token in found) == text.replace("\n", "")
    kinds = ("string", "comment", "numeral")
    assert [(kind, token) for kind, token in found if kind in kinds] == spans(text)


@pytest.mark.browser
def test_enter_tab_and_backspace_indent(page: Page) -> None:
    write(page, "")
    page.keyboard.type("if x:  # why\ny = {1: 2}\n\nz")
    shows(page, "if x:  # why\n    y = {1: 2}\n    \n    z")
    press(page, "ArrowLeft Backspace")
    shows(page, "if x:  # why\n    y = {1: 2}\n    \nz")
    press(page, "End Tab")
    shows(page, "if x:  # why\n    y = {1: 2}\n    \nz   ")
    press(page, "Shift+Home Shift+ArrowUp Shift+ArrowUp Tab")
    shows(page, "if x:  # why\n        y = {1: 2}\n    \n    z   ")
    press(page, "Shift+Tab Shift+Tab Shift+Tab")
    shows(page, "if x:  # why\ny = {1: 2}\n\nz   ")
    assert page.evaluate("document.activeElement.localName") != "body"


@pytest.mark.browser
def test_comments_are_toggled(page: Page) -> None:
    write(page, "if x:\n    y\n\n    # z")
    press(page, "Control+A Control+/")
    shows(page, "# if x:\n#     y\n\n#     # z")
    press(page, "Control+/")
    shows(page, "if x:\n    y\n\n    # z")


@pytest.mark.browser
def test_undo_and_redo_cover_what_the_keys_did(page: Page) -> None:
    write(page, "a\nb")
    press(page, "Control+A Tab")
    shows(page, "    a\n    b")
    press(page, "Control+z")
    shows(page, "a\nb")
    press(page, "Control+y")
    shows(page, "    a\n    b")
    press(page, "Control+z End Enter Tab Control+z Control+z")
    shows(page, "a\nb")


@pytest.mark.browser
def test_escape_then_tab_leaves_the_field(page: Page) -> None:
    write(page, "a")
    press(page, "Escape")
    said(page, "Tab now leaves the field")
    press(page, "Tab")
    expect(page.locator(".run")).to_be_focused()
    shows(page, "a")
    said(page, "got 'a'")  # leaving it is enough for Python to know


@pytest.mark.browser
def test_what_is_pasted_is_text(page: Page) -> None:
    write(page, HOSTILE)
    shows(page, HOSTILE)
    assert page.locator(".editor :is(#bold, img, b, script)").count() == 0
    assert page.title() != "hacked"
    press(page, "Control+A Delete")
    page.locator("textarea").evaluate(
        "e => document.execCommand('insertText', false, 'x' + String.fromCharCode(0xd800, 0) + '😀')"
    )
    page.keyboard.press("Control+Enter")
    said(page, "got 'x\\ufffd\\ufffd\\U0001f600'")
    page.get_by_role("button", name="again").click()
    expect(page.get_by_text("run False")).to_be_visible()


@pytest.mark.browser
def test_too_long_a_paste_is_refused_as_a_whole(page: Page) -> None:
    line = "x" * 19_998 + "\n"
    write(page, line)
    page.keyboard.insert_text("yy")
    said(page, "Refused: the code would have 20,001 characters, and 20,000 are possible.")
    press(page, "Tab")
    said(page, "Refused: the code would have 20,003 characters, and 20,000 are possible.")
    page.keyboard.insert_text("z")
    shows(page, line + "z")
    said(page, "Tab indents; Esc, then Tab leaves the field")


@pytest.mark.browser
def test_the_layers_lie_exactly_on_each_other(page: Page) -> None:
    write(page, "x = " + "'wide 漢字 tab\t' + " * 30)
    widths = page.locator(".editor").evaluate(
        """editor => {
            const field = editor.querySelector('textarea')
            const range = document.createRange()
            range.selectNodeContents(editor.querySelector('.line'))
            const padding = parseFloat(getComputedStyle(field).paddingLeft)
            return [field.scrollWidth - padding, range.getBoundingClientRect().width]
        }"""
    )
    assert widths[0] == pytest.approx(widths[1], abs=1)
    assert widths[0] > 3000


@pytest.mark.browser
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


@pytest.mark.browser
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


@pytest.mark.browser
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


@pytest.mark.browser
@pytest.mark.usefixtures("new_session")
def test_a_press_that_leaves_the_caret_in_the_editor_finds_what_was_typed(page: Page) -> None:
    again = page.get_by_role("button", name="again")
    again.evaluate("button => button.addEventListener('mousedown', event => event.preventDefault())")
    write(page, "just typed")
    again.click()
    said(page, "again with 'just typed'")
    expect(page.locator("textarea")).to_be_focused()


@pytest.mark.browser
@pytest.mark.usefixtures("new_session")
def test_typing_goes_on_when_something_new_appears_above(page: Page) -> None:
    write(page, "x")
    page.keyboard.type(" above")
    expect(page.get_by_text("something new above")).to_be_visible()
    page.keyboard.type(" y")
    shows(page, "x above y")


@pytest.mark.browser
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


@pytest.mark.browser
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


@pytest.mark.browser
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


@pytest.mark.browser
@pytest.mark.usefixtures("new_session")
def test_a_thousand_lines_are_fluid(page: Page) -> None:
    page.get_by_role("button", name="long").click()
    expect(page.locator(".number")).to_have_count(1401)
    page.locator("textarea").focus()
    press(page, "Control+Home")
    drawn, fastest = page.locator(".editor").evaluate(
        """async editor => {
            let drawn = 0
            new MutationObserver(all => all.forEach(change => { drawn += change.addedNodes.length }))
                .observe(editor.querySelector('.lines'), {childList: true})
            const took = []
            for (let i = 0; i < 20; i++) {
                const begin = performance.now()
                document.execCommand('insertText', false, 'a')
                took.push(performance.now() - begin)
            }
            await null
            return [drawn, Math.min(...took)]
        }"""
    )
    assert drawn == 20  # one of the 1401 lines at each key
    assert fastest < 16  # ms: a frame, also where several tests share a machine
    press(page, "Control+End")
    page.locator("textarea").evaluate("() => new Promise(done => requestAnimationFrame(done))")
    last = page.locator(".line").last.bounding_box()
    frame = page.locator(".frame").bounding_box()
    assert last is not None
    assert frame is not None
    assert frame["y"] < last["y"] < frame["y"] + frame["height"]


CONTRASTS = """root => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const paint = (...colors) => {
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1) }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }
    const luminance = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
    const style = (selector, name) => getComputedStyle(root.querySelector(selector))[name]
    const paper = style('.frame', 'backgroundColor')
    const marked = style('.line.error', 'backgroundColor')
    const contrast = (selector, ...under) => {
        const [a, b] = [paint(...under, style(selector, 'color')), paint(...under)].map(luminance).sort((a, b) => b - a)
        return (a + 0.05) / (b + 0.05)
    }
    const kinds = ['keyword', 'builtin', 'string', 'numeral', 'comment', 'definition', 'decorator', 'line']
    return [...kinds.map(kind => [kind, contrast('.' + kind, paper)]),
        ...kinds.map(kind => [kind + '!', contrast('.' + kind, paper, marked)]),
        ['number', contrast('.number', style('.gutter', 'backgroundColor'))],
        ['number!', contrast('.number.error', style('.number.error', 'backgroundColor'))],
        ['message', contrast('.message', style('.foot', 'backgroundColor'))],
        ['run', contrast('.run', style('.run', 'backgroundColor'))]]
}"""


@pytest.mark.browser
@pytest.mark.usefixtures("new_session")
def test_every_color_can_be_read_in_both_themes(page: Page) -> None:
    write(page, "@a\ndef f(): # c\n    return print('s', 1)")
    page.get_by_text("broken", exact=True).click()
    page.locator(".line.error").wait_for()
    light = page.locator(".editor").evaluate(CONTRASTS)
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".line.error")).to_have_css("color", "rgb(230, 235, 242)")
    dark = page.locator(".editor").evaluate(CONTRASTS)
    assert len(light) == len(dark) == 20
    assert [contrast for contrast in (*light, *dark) if contrast[1] < 4.5] == []
