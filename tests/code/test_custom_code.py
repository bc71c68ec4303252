"""What a run of a person's init does, and the fate of every tensor, against torch itself."""

import math
import random

import numpy as np
import pytest
import torch
from torch import nn

from core.code.errors import CodeError
from core.module.seeding import seed_streams
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Forward, Source, Train
from core.replaying.replay import StepError, replay
from tests.code.written import DRAW, MY_INIT, fates, on_model, run_of, step


class TestTheLessonsInit:
    def test_gives_the_bytes_that_apply_gives(self) -> None:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        names: dict[str, object] = {"nn": nn}
        exec(MY_INIT, names)
        torch.manual_seed(5)
        net.apply(names["my_init"])  # type: ignore[arg-type]  # a function, as exec made it
        ours = replay(Recipe("mlp", steps=(step(MY_INIT, seed=5),))).state_dict()
        for name, tensor in net.state_dict().items():
            assert tensor.numpy().tobytes() == ours[name].numpy().tobytes()  # bytes: half of the zeros are negative

    def test_prints_what_the_lesson_prints_and_says_what_it_touched(self) -> None:
        run = run_of(Recipe("mlp", steps=(step(MY_INIT),)))
        assert run.printed == "Init weight torch.Size([8, 4])\nInit weight torch.Size([1, 8])\n"
        assert run.calls == 4
        assert [(fate.name, fate.kind) for fate in run.fates] == [
            ("0.weight", "touched"),
            ("0.bias", "untouched"),
            ("2.weight", "touched"),
            ("2.bias", "untouched"),
        ]

    def test_on_a_part_leaves_the_rest_alone(self) -> None:
        before, after = replay(Recipe("mlp")), replay(Recipe("mlp", steps=(step(MY_INIT, "0"),)))
        assert torch.equal(before.get_parameter("2.weight"), after.get_parameter("2.weight"))
        assert "outside net.0" in fates(Recipe("mlp", steps=(step(MY_INIT, "0"),)))["2.weight"].reason


class TestTheSixWaysToMiss:
    @pytest.mark.parametrize(
        ("name", "model", "kind", "reason"),
        [
            pytest.param(
                "0.weight",
                "def build():\n    return nn.Sequential(torch.nn.utils.parametrizations.weight_norm(nn.Linear(4, 8)))",
                "lost",
                "WeightNorm computes it anew",
                id="weight_norm",
            ),
            pytest.param(
                "0.weight",
                "def build():\n    return nn.Sequential(torch.nn.utils.parametrizations.orthogonal(nn.Linear(4, 8)))",
                "lost",
                "Orthogonal computes it anew",
                id="orthogonal",
            ),
            pytest.param(
                "0.weight",
                "from torch.nn.utils import prune\n"
                "def build():\n"
                "    layer = nn.Linear(4, 8)\n"
                "    prune.l1_unstructured(layer, 'weight', 0.5)\n"
                "    return nn.Sequential(layer)",
                "lost",
                "it is pruned",
                id="pruned",
            ),
            pytest.param(
                "0.weight",
                "def build():\n"
                "    a, b = nn.Linear(4, 4), nn.Linear(4, 4)\n"
                "    b.weight = a.weight\n"
                "    return nn.Sequential(a, b)",
                "touched more than once",
                "one tensor under 2 names, 0.weight and 1.weight",
                id="tied",
            ),
            pytest.param(
                "0.weight",
                "def build():\n    return nn.Sequential(nn.Linear(4, 8, device='meta'))",
                "lost",
                "on the meta device",
                id="meta",
            ),
            pytest.param(
                "0.bias",
                "def build():\n    return nn.Sequential(nn.Linear(4, 8))",
                "untouched",
                "the code wrote to 0.weight only",
                id="bias skipped",
            ),
            pytest.param(
                "weight",
                "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
                "        self.weight = torch.rand(3, 3)\n        self.last = nn.Linear(3, 3)",
                "lost",
                "a plain tensor, not registered",
                id="plain tensor",
            ),
        ],
    )
    def test_have_six_reasons_and_a_cure(self, name: str, model: str, kind: str, reason: str) -> None:
        init = DRAW.replace("nn.Linear", "(nn.Linear, net.__class__)") if name == "weight" else DRAW
        fate = on_model(model, init)[name]
        assert fate.kind == kind
        assert reason in fate.reason
        assert fate.cure

    def test_a_lost_write_really_is_not_in_the_model(self) -> None:
        code = "def build():\n    return nn.Sequential(torch.nn.utils.parametrizations.weight_norm(nn.Linear(4, 8)))"
        recipe = Recipe("code", source=Source(code, "build"))
        before, after = replay(recipe), replay(recipe.then(step(DRAW)))
        assert all(torch.equal(a, b) for a, b in zip(before.parameters(), after.parameters(), strict=True))
        assert (
            on_model(code, "def keep(m):\n    if isinstance(m, nn.Linear):\n        m.weight = torch.ones(8, 4)")[
                "0.parametrizations.weight.original1"
            ].kind
            == "touched"
        )

    def test_lazy_parameters_have_no_shape_yet(self) -> None:
        fate = fates(
            Recipe("lazy_mlp", steps=(step(DRAW.replace("isinstance(m, nn.Linear)", "type(m) == nn.Linear")),))
        )
        assert fate["0.weight"].kind == "lost"
        assert "before the first forward pass" in fate["0.weight"].reason
        assert fates(Recipe("lazy_mlp", steps=(Forward(), step(DRAW))))["0.weight"].kind == "touched"

    def test_a_rule_that_never_matches_names_what_it_met(self) -> None:
        fate = fates(Recipe("mlp", steps=(step(DRAW.replace("nn.Linear", "nn.Conv2d")),)))["0.weight"]
        assert fate.kind == "lost"
        assert "the code ran on 2 Linear, 1 ReLU, 1 Sequential and wrote to nothing" in fate.reason

    def test_a_returned_tensor_is_kept_by_nobody(self) -> None:
        fate = fates(Recipe("mlp", steps=(step("def double(w):\n    return w * 2"),)))["0.weight"]
        assert "returned a new tensor, which nothing keeps" in fate.reason

    def test_writing_the_value_that_is_there_is_writing(self) -> None:
        twice = (step("def a(w):\n    w.zero_()"), step("def a(w):\n    w.zero_()", seed=1))
        assert {fate.kind for fate in fates(Recipe("mlp", steps=twice)).values()} == {"touched"}

    def test_a_write_through_numpy_is_seen(self) -> None:
        fate = fates(Recipe("mlp", steps=(step("net[0].weight.data.numpy()[0, 0] = 42"),)))
        assert fate["0.weight"].kind == "touched"
        assert fate["2.weight"].kind == "untouched"

    def test_a_loop_over_names_multiplies_a_tied_tensor_twice(self) -> None:
        loop = "for name, p in net.named_parameters(remove_duplicate=False):\n    p.data *= 2"
        recipe = Recipe("shared_mlp", steps=(step(loop),))
        assert fates(recipe)["2.weight"].kind == "touched more than once"
        before, after = (replay(r).get_parameter("2.weight") for r in (recipe.prefix(0), recipe))
        assert torch.equal(after, 4 * before)


class TestAnError:
    @pytest.mark.parametrize(
        ("code", "sentence", "line"),
        [
            ("def f(m):\n    1 / 0", "ZeroDivisionError: division by zero, at 0 (Linear)", 2),
            (
                "def f(m):\n    for p in m.parameters():\n        nn.init.xavier_uniform_(p)",
                "at 0.bias (8,) of 0 (Linear)",
                3,
            ),
            ("import sys\ndef f(m):\n    sys.exit(3)", "SystemExit: 3", 3),
            ("def f(m):\n    if type(m) == nn.Linear:\n        del m.bias", "removed 0.bias", None),
            (
                "def f(m):\n    if type(m) == nn.Linear:\n        m.weight = nn.Parameter(torch.zeros(3, 3))",
                "gave 0.weight the shape (3, 3), it was (8, 4)",
                None,
            ),
            ("def f(net):\n    net.double()", "the dtype torch.float64, it was torch.float32", None),
            (
                "class Bad(Exception):\n    def __str__(self):\n        raise ValueError\ndef f(m):\n    raise Bad",
                "Bad: its message cannot be read",
                5,
            ),
            ("def f(m):\n    raise ValueError('\\ud800' * 10 + '<b>' + 'x' * 10**6)", r"\ud800", 2),
        ],
    )
    def test_names_the_module_the_tensor_and_the_line(self, code: str, sentence: str, line: int | None) -> None:
        with pytest.raises(StepError) as failed:
            replay(Recipe("mlp", steps=(step(code),)))
        assert sentence in failed.value.reason
        assert len(failed.value.reason) < 1000
        assert failed.value.line == line

    def test_keeps_what_was_printed(self) -> None:
        with pytest.raises(StepError) as failed:
            replay(Recipe("mlp", steps=(step("def f(m):\n    print('so far')\n    1 / 0"),)))
        assert failed.value.printed == "so far\n"

    def test_of_model_code_says_where(self) -> None:
        with pytest.raises(CodeError, match="line 2: build fails: ZeroDivisionError") as failed:
            replay(Recipe("code", source=Source("def build():\n    return 1 / 0", "build")))
        assert failed.value.line == 2

    @pytest.mark.parametrize(
        ("code", "sentence"),
        [
            ("def build(): return torch.ones(3)", "gives a tensor, not an nn.Module"),
            ("def build(): pass", "gives a NoneType, not an nn.Module"),
            ("raise OSError('no')\ndef build(): pass", "line 1: the model's code fails: OSError: no"),
        ],
    )
    def test_of_model_code_that_is_none(self, code: str, sentence: str) -> None:
        with pytest.raises(CodeError, match=sentence):
            replay(Recipe("code", source=Source(code, "build")))

    def test_of_training_without_a_batch_shows_the_way(self) -> None:
        recipe = Recipe("code", source=Source("def build(): return nn.Linear(2, 1)", "build"), steps=(Train(),))
        with pytest.raises(StepError, match=r"comes without batch\(size\); add def batch"):
            replay(recipe)


class TestPrinting:
    def test_is_bounded_and_says_what_is_left_out(self) -> None:
        run = run_of(Recipe("mlp", steps=(step("def f(net):\n    print('x' * 10**6)"),)))
        assert len(run.printed) < 21_000
        assert run.printed.endswith("… 980,001 more characters")


class TestAStepOfCode:
    @pytest.mark.parametrize("code", ["", "  \n", "x" * 20_001, "a\0b", "print('\ud800')"])
    def test_holds_code_that_a_program_can_be(self, code: str) -> None:
        with pytest.raises(ValueError, match="code"):
            Custom(code, "f")

    def test_keeps_its_draws_when_an_earlier_step_goes(self) -> None:
        code = step("def f(m):\n    if type(m) == nn.Linear:\n        nn.init.normal_(m.weight)", seed=4)
        recipe = Recipe("mlp", steps=(step(MY_INIT, seed=1), code))
        assert torch.equal(
            replay(recipe).get_parameter("0.weight"), replay(recipe.without(0)).get_parameter("0.weight")
        )

    def test_survives_the_text_of_its_recipe(self) -> None:
        recipe = Recipe("code", source=Source("def build(): return nn.Linear(2, 1)", "build"), steps=(step(MY_INIT),))
        assert Recipe.from_json(recipe.to_json()) == recipe
        assert recipe.runs_code
        assert not Recipe("mlp").runs_code

    def test_half_of_the_lessons_zeros_are_negative(self) -> None:
        net = replay(Recipe("mlp", arguments=(("n_in", 256), ("hidden", 256)), steps=(step(MY_INIT),)))
        weight = net.get_parameter("0.weight").detach()
        zeros = weight == 0
        assert math.isclose(zeros.double().mean(), 0.5, abs_tol=0.01)
        assert math.isclose(torch.signbit(weight[zeros]).double().mean(), 0.5, abs_tol=0.01)
        assert math.isclose(weight.std(), math.sqrt(175 / 6), abs_tol=0.03)


@pytest.mark.parametrize(
    "code",
    [
        "import numpy as np\nnet[0].weight.data[:] = torch.from_numpy(np.random.rand(*net[0].weight.shape))",
        "import random\nnet[0].weight.data[:] = random.random()",
    ],
)
def test_numpys_and_pythons_streams_start_from_the_steps_seed_and_are_left_as_they_were(code: str) -> None:
    def following() -> tuple[float, float]:
        return random.random(), np.random.random()  # noqa: NPY002 (the stream that code draws from)

    def drawn(seed: int) -> bytes:
        net = replay(Recipe("mlp", steps=(step(code, seed=seed),)))
        return net.get_parameter("0.weight").detach().numpy().tobytes()

    seed_streams(1)
    expected = following()
    seed_streams(1)
    assert drawn(3) == drawn(3) != drawn(4)
    assert following() == expected


def test_a_models_own_code_draws_the_same_from_any_stream() -> None:
    code = "import numpy\ndef build():\n    return nn.Linear(numpy.random.randint(2, 1000), 1)"
    recipe = Recipe("code", 5, source=Source(code, "build"))
    assert len({replay(recipe).in_features for _ in range(5)}) == 1
