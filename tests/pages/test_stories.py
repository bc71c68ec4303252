"""Who wrote each tensor, on Weights and on Modules."""

from collections.abc import Hashable

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Source, Step
from pages.frame.session import opening
from tests.pages.test_pages import assert_calm, open_app, shown

SHARED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20, 8)
        self.head = nn.Linear(8, 20, bias=False)
        self.head.weight.data = self.emb.weight.data
        self.scale = nn.Parameter(torch.empty(5))
        self.copy = nn.Parameter(self.emb.weight.detach().clone())
        self.again = nn.Parameter(torch.zeros(3))
        nn.init.ones_(self.again)
        self.parts = nn.Parameter(torch.empty(4, 6))
        with torch.no_grad():
            self.parts[:2] = self.head.weight[:2, :6]
            self.parts[2:].zero_()
            self.parts[1] *= 2


def build():
    return Net()
"""


def table(app: AppTest, narrowed: str = "") -> list[dict[Hashable, object]]:
    """The rows of the table of stories, narrowed to a filter's; none where it says that there is none."""
    app.session_state["stories"] = True
    app = app.run()
    if narrowed:
        app = app.pills(key="stories_filter").set_value(narrowed).run()
    assert_calm(app)
    found = [each.value for each in app.dataframe if "written last" in each.value.columns]
    assert found or "No tensor is." in shown(app)
    return found[0].to_dict("records") if found else []


def after(*steps: Step) -> AppTest:
    recipe = opening("mlp")
    for step in steps:
        recipe = recipe.then(step)
    return open_app(recipe)


def test_each_card_says_in_one_line_who_wrote_its_tensor_first_and_last() -> None:
    said = shown(open_app()).replace("\\", "").replace(":small[]", "")
    assert "PyTorch's default of Linear in mlp.py:10, step 0; drawn by xavier_uniform_(gain=1) in step 1." in said


def test_the_line_of_an_init_of_ones_own_names_its_line() -> None:
    code = "def my_init(m):\n    if type(m) == nn.Linear:\n        nn.init.zeros_(m.bias)\n"
    app = after(Custom(code, "my_init", "modules"))
    assert "filled by zeros_ in your init, line 3, step 2" in shown(app).replace("\\", "").replace(":small[]", "")


def test_the_table_answers_which_rule_wrote_what() -> None:
    rows = table(after(Edit("0.bias", "w += 1")))
    assert [row["tensor"] for row in rows] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert [row["times"] for row in rows] == [2, 2, 1, 1]
    assert (rows[1]["written last"], rows[1]["where"]) == ("changed by add_(other=1)", "in step 2")
    assert rows[1]["before that"] == "PyTorch's default of Linear in mlp.py:10"


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ("never written", ["scale"]),
        ("copied", ["copy", "parts"]),
        ("overwritten", ["again"]),
        ("two writers", ["again", "parts"]),
    ],
)
def test_the_table_is_narrowed_to_what_was_never_written_copied_or_overwritten(
    narrowed: str, expected: list[str]
) -> None:
    app = open_app(Recipe(CODE, source=Source(SHARED, "build")))
    assert [row["tensor"] for row in table(app, narrowed)] == expected
