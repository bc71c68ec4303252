"""A scheme is drawn as torch draws it, bit for bit, and refused where torch refuses, before anything changes."""

import time
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import init

from core.models.shared_mlp import shared_mlp
from core.module.visits import visits
from core.recipe.recipe import Recipe
from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import SCHEMES, resolve_options
from core.recipe.steps import Initialize, OneTensor, Pattern, Subtree, Tie
from core.replaying.initializing import initialize, refusal
from core.replaying.model_kit import model_kit
from core.replaying.replay import carry_out, replay, replayed
from tests.schemes import bits, defaults, every_scheme, other_value, torch_function

SHAPES = ((), (3,), (3, 4), (4, 3), (3, 4, 5), (3, 4, 5, 5), (6, 2, 2, 3, 2))
EMPTY = ((0,), (0, 3), (3, 0), (0, 0), (2, 2, 0))
DTYPES = (
    torch.float32,
    torch.float64,
    torch.bfloat16,
    torch.float16,
    torch.float8_e4m3fn,
    torch.int8,
    torch.int64,
    torch.bool,
    torch.complex64,
)


class TestDraws:
    @every_scheme
    def test_equal_the_direct_call_bit_for_bit(self, scheme: str) -> None:
        for shape in SHAPES:
            for given in ({}, {option.name: other_value(option) for option in SCHEMES[scheme].options}):
                options = resolve_options(scheme, given)
                ours, theirs = torch.full(shape, 7.0), torch.full(shape, 7.0)
                if refusal(ours, scheme, options) is not None:
                    continue
                torch.manual_seed(5)
                initialize(ours, scheme, options)
                ours_next = torch.rand(1)
                torch.manual_seed(5)
                torch_function(scheme)(theirs, **options)
                assert bits(ours) == bits(theirs)
                assert torch.equal(ours_next, torch.rand(1))

    def test_of_a_step_equal_a_hand_written_apply(self) -> None:
        step = Initialize("kaiming_normal", Subtree("", "Linear"), (("nonlinearity", "relu"),), seed=9)
        ours = replay(Recipe("shared_mlp", 3, (step,)))

        def by_hand(module: nn.Module) -> None:
            if type(module) is nn.Linear:
                init.kaiming_normal_(module.weight, nonlinearity="relu")

        torch.manual_seed(3)
        theirs = shared_mlp()
        torch.manual_seed(9)
        theirs.apply(by_hand)
        assert {k: bits(v) for k, v in ours.state_dict().items()} == {
            k: bits(v) for k, v in theirs.state_dict().items()
        }

    def test_of_a_shared_parameter_happen_once_a_module_as_torchs_apply_does(self) -> None:
        """Two modules with one parameter: the second draw stands, and the stream has moved by both."""
        step = Initialize("normal", Subtree("", "Linear"), seed=4)
        model = replay(Recipe("mlp", steps=(Tie("0.weight", "2.weight"), step), arguments=(("n_in", 8), ("n_out", 8))))
        torch.manual_seed(4)
        init.normal_(torch.empty(8, 8))
        assert torch.equal(model.get_parameter("0.weight"), init.normal_(torch.empty(8, 8)))

    def test_keep_the_other_parameters_and_the_objects(self) -> None:
        model = shared_mlp()
        before = {name: (id(p), bits(p)) for name, p in model.named_parameters()}
        carry_out(Initialize("normal", OneTensor("4.weight")), model, model_kit(Recipe("shared_mlp")))
        after = {name: (id(p), bits(p)) for name, p in model.named_parameters()}
        assert {name for name in before if before[name] != after[name]} == {"2.weight"}
        assert before["2.weight"][0] == after["2.weight"][0]
        assert model.get_parameter("2.weight").requires_grad


def raised(scheme: str, tensor: Tensor, options: dict[str, Value]) -> str | None:
    """The first line of what torch raises when the scheme is really called on a copy; None when it succeeds."""
    try:
        torch_function(scheme)(tensor.clone(), **options)
    except Exception as error:
        return str(error).splitlines()[0]
    return None


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
class TestRefusal:
    @every_scheme
    @pytest.mark.parametrize("shape", [*SHAPES, *EMPTY], ids=str)
    def test_agrees_with_torch_and_touches_neither_the_tensor_nor_the_stream(
        self, scheme: str, shape: tuple[int, ...]
    ) -> None:
        for dtype in DTYPES:
            tensor = torch.ones(shape).to(dtype)
            for given in ({}, {option.name: other_value(option) for option in SCHEMES[scheme].options}):
                options = resolve_options(scheme, given)
                before, stream = bits(tensor), torch.get_rng_state()
                said = refusal(tensor, scheme, options)
                assert bits(tensor) == before
                assert torch.equal(torch.get_rng_state(), stream)
                really = raised(scheme, tensor, options)
                assert (said is None) == (really is None), (dtype, said, really)
                assert said is None or "\n" not in said

    def test_says_what_torch_says_of_a_shape(self) -> None:
        for scheme in ("xavier_uniform", "kaiming_normal", "orthogonal", "eye", "sparse", "dirac"):
            vector = torch.ones(3)
            said, really = refusal(vector, scheme, defaults(scheme)), raised(scheme, vector, defaults(scheme))
            assert said
            assert really
            assert said == really.rstrip(".")

    def test_of_groups_that_do_not_divide_the_channels(self) -> None:
        kernel = torch.zeros(4, 2, 3)
        assert refusal(kernel, "dirac", {"groups": 2}) is None
        assert refusal(kernel, "dirac", {"groups": 3}) == "dim 0 must be divisible by groups"

    def test_of_a_constant_that_does_not_fit_the_dtype(self) -> None:
        assert refusal(torch.zeros(3, dtype=torch.int8), "constant", {"val": 100.0}) is None
        said = refusal(torch.zeros(3, dtype=torch.int8), "constant", {"val": 300.0})
        assert said
        assert "overflow" in said

    def test_of_an_expanded_parameter_whose_rows_are_one(self) -> None:
        for scheme in SCHEMES:
            expanded = nn.Parameter(torch.ones(1, 3).expand(4, 3))
            before = bits(expanded)
            said = refusal(expanded, scheme, defaults(scheme))
            assert bits(expanded) == before
            with torch.no_grad():
                try:
                    torch_function(scheme)(expanded, **defaults(scheme))
                except (RuntimeError, ValueError) as error:
                    assert said == str(error).splitlines()[0].rstrip(".")  # noqa: PT017 (either way is right)
                else:
                    assert said is None

    def test_of_what_holds_no_data(self) -> None:
        lazy = nn.LazyLinear(3).weight
        assert refusal(lazy, "zeros", {}) == "it is uninitialized until the first forward pass; run one first"
        meta = torch.empty(3, 3, device="meta")
        assert refusal(meta, "zeros", {}) == "it is on the meta device and holds no data"

    def test_of_a_large_tensor_costs_nothing(self) -> None:
        large = torch.empty(60_000).as_strided((30_000, 30_000), (1, 1))  # 3.6 GB, if anyone looked
        started = time.process_time()
        for scheme in SCHEMES:
            refusal(large, scheme, defaults(scheme))
        assert time.process_time() - started < 2


class TestPlaces:
    @pytest.mark.parametrize(
        ("recipe", "step", "sentence"),
        [
            pytest.param(
                Recipe("mlp"),
                Initialize("xavier_uniform", Pattern("*")),
                "xavier_uniform cannot apply to 0.bias (8,): fan in and fan out can not be computed for tensor with "
                "fewer than 2 dimensions; nothing was changed",
                id="a vector among matrices",
            ),
            pytest.param(
                Recipe("lenet"),
                Initialize("eye", Subtree("", "", "weight")),
                "eye cannot apply to 0.weight (6, 1, 5, 5): only tensors with 2 dimensions are supported; nothing was "
                "changed",
                id="a kernel among matrices",
            ),
            pytest.param(
                Recipe("lazy_mlp"),
                Initialize("zeros", Subtree("", "LazyLinear")),
                "zeros cannot apply to 0.weight: it is uninitialized until the first forward pass; run one first; "
                "nothing was changed",
                id="no shape yet",
            ),
        ],
    )
    def test_with_a_tensor_the_scheme_cannot_apply_to_are_refused_by_its_name_and_nothing_is_changed(
        self, recipe: Recipe, step: Initialize, sentence: str
    ) -> None:
        model = replay(recipe)
        lazy = nn.parameter.is_lazy
        before = {n: bits(p) for n, p in model.named_parameters() if not lazy(p)}
        torch.manual_seed(1)
        stream = torch.get_rng_state()
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            carry_out(step, model, model_kit(recipe))
        assert str(caught.value) == sentence
        assert {n: bits(p) for n, p in model.named_parameters() if not lazy(p)} == before
        assert torch.equal(torch.get_rng_state(), stream)

    @pytest.mark.parametrize(
        ("where", "names"),
        [
            (Subtree(), ["0.weight", "2.weight", "6.weight"]),
            (Subtree("", "Linear", "bias"), ["0.bias", "2.bias", "6.bias"]),
            (Subtree("4"), ["4.weight"]),
            (Subtree("", "Linear", "*"), ["0.weight", "0.bias", "2.weight", "2.bias", "6.weight", "6.bias"]),
            (Subtree("", "", "[wb]*s"), ["0.bias", "2.bias", "6.bias"]),
            (Pattern("*"), ["0.weight", "0.bias", "2.weight", "2.bias", "6.weight", "6.bias"]),
            (Pattern("[24].*"), ["2.weight", "2.bias"]),
            (OneTensor("4.bias"), ["4.bias"]),
        ],
        ids=str,
    )
    def test_mean_the_parameters_torch_visits(self, where: Any, names: list[str]) -> None:
        assert [visit.name for visit in visits(shared_mlp(), where)] == names

    def test_as_subtrees_come_in_the_order_of_torchs_apply(self) -> None:
        model = replay(Recipe("gpt"))
        visited: list[int] = []
        model.apply(lambda module: visited.extend(id(p) for p in module.parameters(recurse=False)))
        assert [id(visit.parameter) for visit in visits(model, Subtree("", "", "*"))] == visited

    def test_visit_a_parameter_of_two_modules_twice_in_a_subtree_and_once_by_pattern(self) -> None:
        recipe = Recipe(
            "gpt", steps=(Initialize("zeros", Subtree("", "", "weight")), Initialize("zeros", Pattern("*")))
        )
        by_subtree, by_pattern = (dict(outcome.touched) for outcome in replayed(recipe).outcomes)
        assert by_subtree["tok_emb.weight"] == 1
        assert by_subtree["head.weight"] == 1
        assert by_pattern["tok_emb.weight"] == 1
        assert "head.weight" not in by_pattern
