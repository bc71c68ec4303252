"""Theory on the pages: verdicts in words, the algebra behind them, and schemes side by side."""

import re
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from core.questions.theory import VerdictKind
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.schemes.table import SCHEMES
from core.recipe.steps import Custom, Edit, Initialize, OneTensor, Subtree
from pages.frame.session import opening
from pages.views.tensor import verdicts
from tests.pages.test_pages import assert_calm, drawing, drawings, open_app, session_recipe, shown

_VIEWS = ("Compare", "Gallery", "Which scheme is this?")


def labels(app: AppTest) -> str:
    return "\n".join(expander.label for expander in app.expander).replace("\\", "")


def code(app: AppTest) -> str:
    return "\n".join(block.value for block in app.code)


def opened(app: AppTest, key: str) -> AppTest:
    """The page with that expander open."""
    app.session_state[key] = True
    return app.run()


def schemes(recipe: Recipe | None = None, view: str = "Compare") -> AppTest:
    app = open_app(recipe, "schemes")
    return app if view == "Compare" else app.segmented_control(key="schemes_view").set_value(view).run()


def test_every_card_and_the_model_say_in_words_whether_they_are_what_their_init_promises() -> None:
    app = open_app()
    assert len(re.findall(r":\w+-badge\[", labels(app))) == 5
    assert ":green-badge[consistent] Std" in labels(app)
    assert "against 0.408 expected; with 32 values" in labels(app)
    assert ":gray-badge[cannot tell]" in labels(app)


def test_behind_a_verdict_stand_the_algebra_its_source_and_the_fans() -> None:
    app = opened(open_app(), "theory_weights_0.weight")
    assert_calm(app)
    assert "bound = gain · sqrt(6 / (fan_in + fan_out)) = 1 · sqrt(6 / (4 + 8)) = 0.7071" in code(app)
    assert code(app).count("fan_in = size(1) = 4") == 1
    assert "**: :gray[drawn by xavier_uniform_(gain=1) in step 1]" in shown(app).replace("\\", "")
    assert "by torch] **4 and 8**" in shown(app)


def test_the_table_behind_the_models_verdict_begins_with_the_worst() -> None:
    app = opened(open_app(opening("mlp").then(Edit("0.bias", "w = exp(w)"))), "verdict")
    kinds = [kind.split("[")[1].rstrip("]") for kind in app.table[0].value["verdict"]]
    assert kinds == ["cannot tell", "cannot tell", "consistent", "no theory"]


def test_a_tensor_of_which_an_edit_promises_nothing_has_no_theory_and_says_which_step_took_it() -> None:
    app = open_app(opening("mlp").then(Edit("0.weight", "w = exp(w)")))
    assert ":gray-badge[no theory]" in labels(app)
    assert "tep 2" in labels(app)


@pytest.mark.parametrize(("formula", "said"), [
    ("w = exp(w)\nw[3] = w[1]", "ows 1 and 3 are equal bit for bit"),
    ("w[3] = w[1]", "ows 1 and 3 are equal bit for bit"),
    ("w[:, 2] = w[:, 0]", "olumns 0 and 2 are equal bit for bit"),
    ("w[4:] = w[:4]", "ts rows repeat with a period of 4, bit for bit"),
])  # fmt: skip
def test_what_repeats_in_a_tensor_without_theory_is_said_on_its_card_large_and_in_the_table(
    formula: str, said: str
) -> None:
    recipe = opening("mlp").then(Edit("0.weight", formula))
    app = opened(open_app(recipe), "verdict")
    assert_calm(app)
    assert said in labels(app)
    row = next(at for at, name in enumerate(app.table[0].value["tensor"]) if "0.weight" in name)
    assert said in app.table[0].value["finding"][row]
    assert "violates" not in app.table[0].value["verdict"][row]
    assert said in labels(open_app(recipe, "weights", opened="0.weight"))


def test_what_violates_in_one_part_is_on_the_card_where_nothing_is_promised_of_another() -> None:
    code = (
        'expects = {"0.weight[0]": zeros()}\n'
        "def fresh(net):\n    with torch.no_grad():\n        net[0].weight.copy_(torch.rand(8, 8).inverse()[:, :4])\n"
    )
    app = open_app(opening("mlp").then(Custom(code, "fresh", "net", seed=1)), "weights")
    assert_calm(app)
    told = next(label for label in labels(app).splitlines() if "[0]" in label and "0 tensors" not in label)
    assert told.startswith(":red-badge[violates]")


def test_the_large_view_says_the_verdict_and_draws_the_curve() -> None:
    app = open_app()
    app.button(key="open_weights_0.weight").click().run()
    assert_calm(app)
    assert ":green-badge[consistent]" in labels(app)
    assert drawing(app)["histogram"]["curve"]["label"] == "U(−0.7071, 0.7071)"


def test_what_a_scheme_will_make_is_said_before_it_is_applied() -> None:
    app = open_app(page="initialize")
    app.selectbox(key="scheme").set_value("kaiming_uniform").run()
    assert "0.weight: U(−1.225, 1.225)" in code(app)
    assert "bound = gain · sqrt(3 / fan_in) = 1.414 · sqrt(3 / 4) = 1.225" in code(app)


@pytest.mark.parametrize("view", _VIEWS)
@pytest.mark.parametrize("model", MODELS)
def test_every_view_of_the_schemes_opens_for_every_model(model: str, view: str) -> None:
    assert_calm(schemes(opening(model), view))


def test_two_schemes_stand_side_by_side_and_one_of_them_is_taken() -> None:
    app = schemes()
    app.segmented_control(key="compared").set_value(2).run()
    app.selectbox(key="compared_1").set_value("normal").run()
    app.text_input(key="compared_1_normal_std").set_value("0.02").run()
    assert_calm(app)
    assert len(drawings(app)) == 4  # 0.weight and 2.weight, twice
    assert "std = 0.02" in code(app) or "0.0004" in code(app)
    app.button(key="use_1").click().run()
    assert_calm(app)
    assert session_recipe(app).steps[-1] == Initialize(
        "normal", Subtree("", "Linear", "weight"), (("mean", 0.0), ("std", 0.02)), seed=2
    )
    assert app.text_input(key="compared_seed_1").value == "3"


def test_a_scheme_that_cannot_apply_says_so_in_its_column() -> None:
    app = schemes()
    app.selectbox(key="parameter").set_value("bias").run()
    assert_calm(app)
    assert "fewer than 2 dimensions" in shown(app)
    before = session_recipe(app)
    app.button(key="use_0").click().run()
    assert "fewer than 2 dimensions" in app.error[0].value.replace("\\", "")
    assert session_recipe(app) == before


def test_impossible_options_are_explained_in_their_column() -> None:
    app = schemes()
    app.selectbox(key="compared_0").set_value("uniform").run()
    app.text_input(key="compared_0_uniform_a").set_value("2").run()
    assert not app.exception
    assert "needs a below b" in app.warning[0].value
    before = session_recipe(app)
    app.button(key="use_0").click().run()
    assert "needs a below b" in app.error[0].value
    assert session_recipe(app) == before


def test_the_gallery_holds_every_scheme_with_its_formula_and_paper() -> None:
    app = schemes(view="Gallery")
    assert len(app.latex) == len(SCHEMES)
    assert len(drawings(app)) == len(SCHEMES) - 1  # dirac refuses a matrix
    assert "Only tensors with 3, 4, or 5 dimensions are supported." in shown(app).replace("\\", "")
    for scheme in SCHEMES.values():
        assert scheme.use in shown(app).replace("\\", "")


def test_a_tensor_is_recognized_and_the_others_are_ruled_out_with_reasons() -> None:
    recipe = Recipe("lenet").then(Initialize("orthogonal", OneTensor("9.weight"), seed=3))
    app = schemes(recipe, "Which scheme is this?")
    app.selectbox(key="one_tensor").set_value("9.weight").run()
    assert_calm(app)
    assert "orthogonal_" in shown(app).replace("\\", "")
    fitting = app.table[0].value
    assert list(fitting["verdict"]) == [":green-badge[consistent]"] * len(fitting)
    app = opened(app, "ruled_out")
    assert all(reason for reason in app.table[1].value["because"])


def test_every_kind_of_verdict_has_a_color_that_means_something() -> None:
    said = {kind: verdicts.headline(kind, "std 1 of 2 expected") for kind in get_args(VerdictKind)}
    assert said["violates"] == ":red-badge[violates] Std 1 of 2 expected\\."
    assert {kind: line.split("-")[0] for kind, line in said.items()} == {
        "violates": ":red",
        "inconsistent": ":orange",
        "cannot tell": ":gray",
        "consistent": ":green",
        "no theory": ":gray",
    }


def test_the_check_for_ci_is_shown() -> None:
    assert "python -m core.check" in code(schemes())
