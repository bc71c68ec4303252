"""The sixteen steps of the lesson, done in a browser by what can be read on the page: labels, roles and text."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.running import open_page, press, rerun, visit

MODEL, NESTED, SHARED = "MLP from the lesson", "Nested blocks (rgnet)", "MLP with a shared layer"


class Lesson:
    """A tab at 1280 × 720 on which a person works through the lesson."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reads(self, *texts: str | re.Pattern[str]) -> None:
        """All of it can be read on the page."""
        for text in texts:
            expect(self.page.get_by_text(text).locator("visible=true").first, str(text)).to_be_visible()

    def pick(self, label: str, option: str) -> None:
        """Choose in a list."""
        box = self.page.get_by_role("combobox", name=label, exact=True)
        if box.input_value() != option:
            box.click()
            press(self.page, self.page.get_by_role("option", name=option, exact=True))

    def fill(self, label: str, text: str) -> None:
        """Type into a field and leave it."""
        field = self.page.get_by_label(label, exact=True).last
        field.fill(text)
        rerun(self.page, field.blur)

    def click(self, name: str, role: str = "button") -> None:
        """Press a button, or choose in a switch."""
        found: Locator = self.page.get_by_role(role, name=re.compile(rf"(^|\s){re.escape(name)}($|\s)"))  # type: ignore[arg-type]
        press(self.page, found.first)

    def model(self, title: str) -> None:
        """Take a model as it is built, without a step."""
        self.pick("Model", title)
        over = self.page.get_by_role("button", name="Start over", exact=True)
        if over.is_enabled():
            press(self.page, over)

    def row(self, name: str) -> None:
        """Choose a tensor or a module in the tree by its whole name."""
        search = self.page.get_by_role("searchbox", name="Search name, type or shape")
        search.fill(name)
        last = name.rpartition(".")[2]
        found = self.page.get_by_role("row").filter(has=self.page.get_by_text(last, exact=True))
        press(self.page, found.last)
        search.fill("")

    def apply(self, scheme: str, parameter: str = "weight", at: str = "net", **options: str) -> None:
        """Draw a scheme on the Initialize page."""
        self.pick("Scheme", scheme)
        self.click("Modules", "radio")
        self.pick("At and below", at)
        self.pick("Of type", "Linear")
        self.pick("Parameter", parameter)
        for label, value in options.items():
            self.fill(label, value)
        self.click("Apply")
        self.reads(re.compile(r"What step \d+ did"))


def test_the_sixteen_steps_of_the_lesson(browser: Browser, dashboard: str) -> None:
    lesson = Lesson(open_page(browser, dashboard, size=(1280, 720)))
    _steps_1_to_6_the_network_its_tensors_and_their_names(lesson)
    _steps_7_and_8_a_nested_tree_whose_signal_has_died(lesson)
    _steps_9_to_11_built_in_inits_on_the_net_and_on_one_layer(lesson)
    _steps_12_and_13_an_init_of_ones_own_and_a_slice_that_knows_where_it_comes_from(lesson)
    _step_14_values_are_set_directly(lesson)
    _steps_15_and_16_one_tensor_under_two_names_and_why_equality_does_not_prove_it(lesson)


def _steps_1_to_6_the_network_its_tensors_and_their_names(lesson: Lesson) -> None:
    lesson.model(MODEL)
    visit(lesson.page, "Modules")
    lesson.reads("49", re.compile("parameters.* in 4 tensors"))
    lesson.reads(
        re.compile(r"\(0\): Linear\(in_features=4, out_features=8, bias=True\)"), re.compile(r"\(1\): ReLU\(\)")
    )
    lesson.reads(
        re.compile(r"tensor\(\[\[-?\d\.\d{4}\],\s+\[-?\d\.\d{4}\]\], grad_fn=<AddmmBackward0>\)"),
        re.compile(r"\('0\.weight', torch\.Size\(\[8, 4\]\)\) \('0\.bias', torch\.Size\(\[8\]\)\)"),
    )
    lesson.row("2")
    lesson.reads(re.compile(r"OrderedDict\(.*'weight', tensor\(\[\[.*'bias', tensor\(\[", re.DOTALL))
    lesson.row("2.weight")
    lesson.reads("(1, 8)", re.compile(r"state_dict\(\)\['2\.weight'\]"))
    lesson.row("2.bias")
    lesson.reads("torch.nn.parameter.Parameter", "requires_grad=True", re.compile(r"net\[2\]\.bias"))
    lesson.reads(re.compile("No backward pass has run yet, which is not the same as a gradient of zero"))
    lesson.reads(re.compile(r"net\.state_dict\(\)\['2\.bias'\]"))
    lesson.row("0.weight")
    lesson.reads(re.compile(r"net\[0\]\.weight"), re.compile(r"state_dict\(\)\['0\.weight'\]"))


def _steps_7_and_8_a_nested_tree_whose_signal_has_died(lesson: Lesson) -> None:
    lesson.model(NESTED)
    visit(lesson.page, "Modules")
    lesson.reads("309", re.compile("parameters.* in 18 tensors"))
    output = lesson.page.get_by_text(re.compile(r"^tensor\(\[\[-?\d\.\d{4}\],\s+\[-?\d\.\d{4}\]\]")).last
    expect(output).to_be_visible()
    first, second = re.findall(r"-?\d\.\d{4}", output.inner_text())
    assert abs(float(first) - float(second)) <= 2e-4
    lesson.row("0.block1.0.bias")
    lesson.reads(re.compile(r"net\[0\]\.block1\[0\]\.bias"))


def _steps_9_to_11_built_in_inits_on_the_net_and_on_one_layer(lesson: Lesson) -> None:
    lesson.model(MODEL)
    visit(lesson.page, "Initialize")
    lesson.apply("Normal · normal_", std="0.01")
    lesson.reads(re.compile(r"std=0\.01"), re.compile(r"variance = std² = 0\.01² = 1\.000e−04|= 0\.0001"))
    lesson.apply("Zeros · zeros_", parameter="bias")
    lesson.apply("Constant · constant_", val="1")
    lesson.reads(re.compile(r"constant_\(m\.weight, val=1\.0\)"), re.compile(r"std .*→ 0\b"))
    lesson.apply("Xavier (Glorot) uniform · xavier_uniform_", at="0")
    lesson.reads(re.compile(r"U\(−0\.7071, 0\.7071\)"), re.compile(r"net\[0\]\.apply\(init\)"))
    lesson.apply("Constant · constant_", at="2", val="42")
    lesson.reads(re.compile(r"net\[2\]\.apply\(init\)"), re.compile(r"mean .*→ 42\b"))
    visit(lesson.page, "Weights")
    lesson.reads(re.compile("tensors changed"))


def _steps_12_and_13_an_init_of_ones_own_and_a_slice_that_knows_where_it_comes_from(lesson: Lesson) -> None:
    lesson.model(MODEL)
    visit(lesson.page, "Code")
    lesson.click("Run")
    lesson.reads(re.compile("2 of 4 tensors touched"), re.compile(r"Init weight torch\.Size\(\[8, 4\]\)"))
    zeros = lesson.page.get_by_text(re.compile(r"zeros 0 → \d+")).first
    match = re.search(r"zeros 0 → (\d+)", zeros.inner_text())
    assert match is not None
    assert 6 <= int(match[1]) <= 26
    editor = lesson.page.get_by_role("textbox", name="Init code")
    editor.click()
    lesson.page.keyboard.press("Control+a")
    lesson.page.keyboard.insert_text("print(net[0].weight[:2])")
    lesson.page.keyboard.press("Control+Enter")
    lesson.reads(re.compile(r"grad_fn=<SliceBackward0>"))


def _step_14_values_are_set_directly(lesson: Lesson) -> None:
    lesson.model(MODEL)
    visit(lesson.page, "Edit")
    lesson.pick("Tensor", "0.weight (8, 4)")
    for formula, said in (("w += 1", "32 of 32 changed|all 32|mean"), ("w[0, 0] = 42", "1 of 32 changed")):
        field = lesson.page.get_by_label("Formula on w", exact=True)
        field.fill(formula)
        lesson.click("Apply")
        lesson.reads(re.compile(said))
    lesson.reads(re.compile(r"max .*→ 42\b"))


def _steps_15_and_16_one_tensor_under_two_names_and_why_equality_does_not_prove_it(lesson: Lesson) -> None:
    lesson.model(SHARED)
    lesson.reads("121", re.compile(r"parameters.*\(193 by path\)"))
    visit(lesson.page, "Tying")
    lesson.reads("same object", "same Parameter")
    lesson.fill("Value", "100")
    lesson.click("Poke")
    lesson.reads(re.compile(r"seen under .*2 names"), re.compile(r"→ 100\b"))
    lesson.click("Misconceptions", "radio")
    claim = lesson.page.get_by_text(re.compile("equal|==")).first
    press(lesson.page, claim)
    lesson.reads(re.compile("Measured on"))
