"""The views of the Tying page under Streamlit's own test harness: what they say is what torch says."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from core.figures.tying import tied_film
from core.module.tree import module_tree
from core.module.tree_rows import tree_rows, with_badge
from core.questions.sharing import SharedTensor, Use
from core.questions.tensor import Card
from core.recipe.catalog import CODE, module
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Source, Tie, Train, Untie
from core.replaying.replay import replay
from core.tensor.compare import Comparison
from pages.frame.session import opening
from pages.views.tying import words
from tests.drawings import panels as stills
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown
from tests.unpacking import unpack

_MOST_BYTES = 600_000


def open_view(view: str, recipe: Recipe) -> AppTest:
    app = open_app(recipe, "tying")
    return app if view == "Shared" else app.segmented_control(key="tying_view").set_value(view).run()


def films(app: AppTest) -> list[dict[str, Any]]:
    sent = (component.proto.bytes for component in app.get("bidi_component"))
    return [unpack(drawing) for drawing in sent if drawing]


def panels(app: AppTest) -> list[dict[str, Any]]:
    """Every picture of the view's film, row after row."""
    (film,) = films(app)
    return [panel for row in film["rows"] for panel in row["panels"]]


@pytest.mark.parametrize("model", ["shared_mlp", "gpt", "autoencoder", "mlp", "lazy_mlp"])
def test_every_view_opens_and_sends_a_bounded_picture(model: str) -> None:
    recipe = Recipe(model) if model == "lazy_mlp" else opening(model)
    app = open_app(recipe, "tying")
    app.session_state.train_steps = "3"
    for view in app.segmented_control(key="tying_view").options:
        app.segmented_control(key="tying_view").set_value(view).run()
        assert_calm(app)
        assert sum(len(component.proto.bytes) for component in app.get("bidi_component")) < _MOST_BYTES
        assert session_recipe(app) == recipe


def test_where_nothing_is_shared_a_button_opens_a_model_where_something_is() -> None:
    for view in ("Shared", "Gradients", "Training", "Survival"):
        app = open_view(view, opening("mlp"))
        assert app.info
        app.button(key="open_shared_mlp").click().run()
        assert_calm(app)
        assert session_recipe(app) == Recipe("shared_mlp")
        assert not app.info


def test_poking_one_name_of_a_tied_tensor_is_seen_under_both_and_not_in_the_copy() -> None:
    app = open_view("Shared", opening("shared_mlp"))
    held = replay(opening("shared_mlp")).get_parameter("2.weight")[3, 5].item()
    app.text_input(key="poke_0").set_value("3").run()
    app.text_input(key="poke_1").set_value("5").run()
    app.button(key="poke").click().run()
    assert_calm(app)
    said = shown(app)
    assert "changed **1** of 121 values, seen under **2 names**" in said
    assert f"`2.weight[3, 5]` {held:.4g} → 1, `4.weight[3, 5]` {held:.4g} → 1".replace("-", "−") in said
    assert f"the copy kept its {held:.4g}".replace("-", "−") in said
    first, second, copy = panels(app)
    assert np.array_equal(first["values"], second["values"])
    assert np.flatnonzero(first["values"] != copy["values"]).tolist() == [3 * 8 + 5]
    assert [panel["framed"] for panel in (first, second, copy)] == [[[3, 5]], [[3, 5]], []]


def test_each_pair_of_names_has_four_lamps_and_the_counts_are_the_lessons() -> None:
    app = open_view("Shared", opening("shared_mlp"))
    said = shown(app)
    for lamp in ("same object", "same Parameter", "overlapping bytes", "equal values"):
        assert f"{lamp}]" in said
    assert "Used **2×** in a forward pass" in said
    assert "**1 optimizer slot** · **256** of 484 bytes" in said
    assert "(121 parameters, 193 by path)" in said
    assert ":material/close: not same object" in shown(open_view("Shared", opening("gpt")))


def test_since_when_two_names_are_tied_is_said_by_step() -> None:
    assert "since the build" in shown(open_view("Shared", opening("shared_mlp")))
    tied = Recipe("shared_mlp").then(Untie("4")).then(Edit("0.bias", "w = 1")).then(Tie("2.weight", "4.weight"))
    assert "since step 3: `net[4].weight = net[2].weight`" in shown(open_view("Shared", tied.then(Train(2))))
    own_code = Recipe("shared_mlp").then(Untie("4")).then(Custom("net[4] = net[2]", applies_to="statements"))
    assert "since step 2: `your code (net[4] = net[2]) on net`" in shown(open_view("Shared", own_code))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("net[4].weight.data = net[2].weight.data", "several Parameters over one storage"),
        ("net[4].weight = nn.Parameter(net[2].weight.detach().t())", "a transposed view"),
    ],
)
def test_parameters_of_their_own_over_one_storage_have_two_slots_and_every_view_opens(code: str, kind: str) -> None:
    app = open_app(Recipe("shared_mlp").then(Untie("4")).then(Custom(code, applies_to="statements")), "tying")
    said = shown(app)
    assert kind in said
    assert "**2 optimizer slots**" in said
    assert ":material/close: not same Parameter" in said
    app.text_input(key="poke_1").set_value("3").run()
    app.button(key="poke").click().run()
    place = "[0, 3]" if "storage" in kind else "[3, 0]"
    assert f"`4.weight{place}`" in shown(app)
    app.session_state.train_steps = "3"
    for view in app.segmented_control(key="tying_view").options:
        app.segmented_control(key="tying_view").set_value(view).run()
        assert_calm(app)


def test_the_gradient_views_numbers_are_those_of_backward() -> None:
    recipe = opening("shared_mlp")
    app = open_view("Gradients", recipe)
    net = replay(recipe).double()
    torch.manual_seed(0)
    inputs, targets = module("shared_mlp").batch(16)
    module("shared_mlp").loss(net(inputs.double()), targets.double()).backward()
    grad = net.get_parameter("2.weight").grad
    assert grad is not None
    first, second, total, kept = panels(app)
    assert np.abs(kept["values"] - grad.numpy().ravel()).max() < 1e-12
    assert np.abs(first["values"] + second["values"] - grad.numpy().ravel()).max() < 1e-12
    assert np.abs(total["values"] - kept["values"]).max() < 1e-12
    assert f"their sum has norm **{grad.norm().item():.3g}**" in shown(app)
    assert first["limit"] == second["limit"] == total["limit"] == kept["limit"]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_kept_training_ends_where_the_film_ends(optimizer: str) -> None:
    app = open_view("Training", opening("shared_mlp"))
    app.text_input(key="train_steps").set_value("6").run()
    app.segmented_control(key="twins_optimizer").set_value(optimizer).run()
    app.segmented_control(key="twins_pictures").set_value("Values").run()
    (film,) = films(app)
    assert film["steps"] == list(range(7))
    tied, again, *untied = film["rows"][0]["panels"]
    last = [panel["values"].reshape(7, -1)[-1] for panel in (tied, again, *untied)]
    app.button(key="train").click().run()
    assert_calm(app)
    step = session_recipe(app).steps[-1]
    assert isinstance(step, Train)
    assert (step.steps, step.optimizer) == (6, optimizer)
    trained = replay(session_recipe(app)).get_parameter("4.weight").detach().numpy().ravel()
    np.testing.assert_allclose(last[0], trained, rtol=1e-5, atol=1e-6)
    assert np.array_equal(last[0], last[1])
    assert not np.allclose(last[2], last[3], atol=1e-6)
    assert "before its first and its last update" in shown(app)


def test_two_parameters_over_one_storage_train_as_tied_under_sgd_and_not_under_adam() -> None:
    app = open_view("Training", opening("shared_mlp"))
    assert "end as the tied net does" in shown(app)
    app.segmented_control(key="twins_optimizer").set_value("adam").run()
    assert "do **not** train as the tied net does" in shown(app)


def test_the_film_first_shows_how_far_values_moved_and_begins_with_nothing() -> None:
    app = open_view("Training", opening("autoencoder"))
    for panel in films(app)[0]["rows"][0]["panels"]:
        moved = panel["values"].reshape(-1, 64)
        assert not moved[0].any()
        assert moved[-1].any()


def test_the_survival_table_says_per_group_what_became_of_it() -> None:
    app = open_view("Survival", opening("shared_mlp"))
    (table,) = app.table
    weights, biases = table.value.columns[1:]
    assert (weights, biases) == (r"2\.weight \= 4\.weight", r"2\.bias \= 4\.bias")
    assert "stays one object through **11 of 13** operations; not through *safetensors*" in shown(app)
    verdicts = table.value[weights].to_dict()
    assert "same object" in verdicts["Deep copy"]
    assert "lost" in verdicts["Replace its module"]
    assert (table.value[weights] == table.value[biases]).all()
    app.selectbox(key="survival_operation").set_value("replace its module").run()
    assert "net[4] = copy.deepcopy(net[4])" in [code.value for code in app.code]


def test_an_opened_claim_shows_its_truth_and_numbers_measured_on_the_spot() -> None:
    app = open_view("Misconceptions", opening("shared_mlp"))
    assert len(app.expander) > 12
    app.session_state["claim_sum_of_state_dict"] = True
    app.run()
    assert_calm(app)
    assert re.search(r"\| \*\*193\*\* \|.*\| \*\*121\*\* \|", shown(app), re.DOTALL)


def _cards(net: nn.Module, *names: str) -> list[Card]:
    return [Comparison(net, net).card(name, cells=96, as_difference=False) for name in names]


def test_a_changed_cell_of_a_transposed_view_is_framed_where_it_lies_there() -> None:
    net = nn.Module()
    net.encoder = nn.Linear(3, 2, bias=False)
    net.decoder = nn.Parameter(net.encoder.weight.detach().t())
    changed = {"encoder.weight": np.array([[1, 2]]), "decoder": np.array([[2, 1]])}
    film = tied_film(_cards(net, "encoder.weight", "decoder"), list(changed), changed)
    (one, other) = stills(film)
    assert (one["framed"], other["framed"]) == ([(1, 2)], [(2, 1)])
    assert one["values"][1, 2] == other["values"][2, 1]


def test_a_picture_of_many_cells_a_pixel_frames_the_cell_that_holds_the_element() -> None:
    net = nn.Linear(500, 400)
    changed = {"weight": np.array([[399, 0]])}
    (panel,) = stills(tied_film(_cards(net, "weight"), ["weight"], changed))
    ((row, column),) = panel["framed"]
    assert row == 399 // panel["down"]["cell"]
    assert column == 0


def test_a_tensor_without_data_is_a_remark_and_not_a_picture() -> None:
    net = nn.Linear(2, 2, device="meta")
    (panel,) = tied_film(_cards(net, "weight"), ["weight"], {})["rows"][0]["panels"]
    assert panel == {"title": "weight", "remark": "holds no data"}


def test_changed_names_are_marked_in_the_tree_and_no_others() -> None:
    rows = tree_rows(module_tree(replay(Recipe("shared_mlp"))), {})
    marked = with_badge(rows, {"2.weight", "4.weight"}, "changed")
    assert [row.name for row in marked if "changed" in row.badges] == ["2.weight", "4.weight"]
    assert all("tied" in row.badges for row in marked if "changed" in row.badges)


def test_names_of_a_strangers_model_are_shown_and_never_obeyed() -> None:
    hostile = "a:red[b]|$x$ `c` <img src=y>\n"
    use = Use(hostile, hostile, 2, hostile)
    tied = SharedTensor((hostile, hostile), "same parameter", (2, 2), "float32", 16, (), (use, use), 1, "")
    assert "\n" not in words.title(tied.names)
    said = words.uses_sentence(tied)
    assert said.startswith("used **2×** in a forward pass: ``")
    assert ":red[" not in said.replace(said.split("``")[1], "")
    assert r"\|" in said
    assert words.places((use, use)) == ["use 1", "use 2"]


def test_what_a_models_own_code_says_is_told_apart_from_what_is_measured() -> None:
    own = Recipe(
        CODE,
        source=Source(
            "class Net(nn.Linear):\n    def __init__(self): super().__init__(4, 2)\n"
            "def batch(n): return torch.ones(n, 4), torch.zeros(n, 2)\nloss = F.mse_loss",
            "Net",
        ),
    )
    values_only = Recipe("shared_mlp").then(Custom("net[0].weight.data *= 2", applies_to="statements"))
    note = "This runs your model's own code, and shows what that code says."
    for view in ("Shared", "Gradients", "Misconceptions"):
        assert note in shown(open_view(view, own))
        assert note not in shown(open_view(view, values_only))


RAISES = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)

    def forward(self, x):
        raise KeyError("x")

def build():
    return Net()
"""
FAILING = {
    "no batch": RAISES,
    "a forward pass that raises": RAISES + "def batch(size): return torch.ones(size, 4), None\n",
    "a batch that raises": RAISES + "def batch(size): raise ValueError('none')\n",
}


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("code", FAILING.values(), ids=FAILING)
def test_where_no_forward_pass_runs_nothing_is_said_of_uses_but_why(code: str, tied: bool) -> None:
    code = code.replace("    def forward", "        self.b = self.a\n\n    def forward") if tied else code
    recipe = Recipe(CODE, source=Source(code, "build"))
    for view in ("Shared", "Gradients", "Training"):
        app = open_view(view, recipe)
        assert any(box.icon == ":material/help:" for box in app.info), view
        for claim in ("more than once", "once at most", "one part", "no untied twin"):
            assert claim not in shown(app), view
