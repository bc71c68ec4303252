"""The schemes are torch's own: their options and defaults, their draws bit for bit, and what they refuse."""

import functools
import inspect
import math
import subprocess
import sys
import time
import typing
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import init

from core.models.shared_mlp import shared_mlp
from core.module.visits import visits
from core.recipe.recipe import Recipe
from core.recipe.scheme import Option, Scheme, Value
from core.recipe.schemes import SCHEMES, resolve_options
from core.recipe.steps import Initialize, OneTensor, Pattern, Subtree, Tie
from core.replay.initializing import initialize, refusal
from core.replay.lesson import lesson
from core.replay.replay import carry_out, replay, replayed

ROOT = Path(__file__).parents[2]
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
every_scheme = pytest.mark.parametrize("scheme", SCHEMES)


def torch_function(scheme: str) -> Callable[..., Tensor]:
    function: Callable[..., Tensor] = getattr(init, SCHEMES[scheme].function)
    return functools.partial(function, **dict(SCHEMES[scheme].fixed))


def defaults(scheme: str) -> dict[str, Value]:
    return resolve_options(scheme, {})


def bits(tensor: Tensor) -> bytes:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def other_value(option: Option) -> Value:
    """A value that is not the default and still within the bounds."""
    if option.choices:
        return next(choice for choice in option.choices if choice != option.default)
    return 2 if isinstance(option.default, int) else float(option.default) + 0.25


class TestSchemes:
    @every_scheme
    def test_options_are_those_of_torchs_function_in_its_order(self, scheme: str) -> None:
        parameters = list(inspect.signature(torch_function(scheme)).parameters.values())[1:]  # without the tensor
        fixed = dict(SCHEMES[scheme].fixed)
        named = {p.name: p.default for p in parameters if p.name != "generator" and p.name not in fixed}
        options = [option.name for option in SCHEMES[scheme].options]
        if SCHEMES[scheme].torch_name:
            named = {name: default for name, default in named.items() if name in options}
        assert options == list(named)
        for option in SCHEMES[scheme].options:
            if named[option.name] is not inspect.Parameter.empty:
                assert option.default == named[option.name]

    def test_only_two_options_have_no_default_of_torchs(self) -> None:
        missing = {
            (scheme, p.name)
            for scheme in SCHEMES
            for p in list(inspect.signature(torch_function(scheme)).parameters.values())[1:]
            if p.default is inspect.Parameter.empty
        }
        assert missing == {("constant", "val"), ("sparse", "sparsity")}
        required = {(name, option.name) for name, own in SCHEMES.items() for option in own.options if option.required}
        assert missing == required

    def test_choices_are_those_torch_knows(self) -> None:
        hints = typing.get_type_hints(init.kaiming_uniform_)
        for option in SCHEMES["kaiming_uniform"].options:
            if option.choices:
                assert set(option.choices) == set(typing.get_args(hints[option.name]))

    def test_leave_out_no_function_of_torchs_but_those_for_special_tensors(self) -> None:
        torchs = {name.removesuffix("_") for name in dir(init) if name.endswith("_") and not name.startswith("_")}
        assert torchs - set(SCHEMES) == set()

    @pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
    def test_are_described(self, scheme: Scheme) -> None:
        assert SCHEMES[scheme.name] is scheme
        assert scheme.function == (scheme.torch_name or f"{scheme.name}_")
        assert scheme.short_title == (scheme.function if hasattr(init, f"{scheme.name}_") else scheme.name)
        for text in (scheme.title, scheme.formula, scheme.source, scheme.use):
            assert text.strip()
        assert scheme.formula.count("{") == scheme.formula.count("}")
        for option in scheme.options:
            assert option.help.endswith(".")
            assert bool(option.choices) == (option.low is None) == (option.high is None)

    @every_scheme
    def test_say_whether_they_draw_random_numbers(self, scheme: str) -> None:
        torch.manual_seed(0)
        before = torch.get_rng_state()
        initialize(torch.zeros(4, 4, 3) if scheme == "dirac" else torch.zeros(4, 4), scheme, defaults(scheme))
        assert SCHEMES[scheme].random == (not torch.equal(torch.get_rng_state(), before))

    def test_are_listed_without_torch(self) -> None:
        code = (
            "import sys; from core.recipe.schemes import SCHEMES, resolve_options; "
            "[resolve_options(name, {}) for name in SCHEMES]; assert 'torch' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


class TestOptions:
    @every_scheme
    def test_are_completed_in_their_own_order(self, scheme: str) -> None:
        options = SCHEMES[scheme].options
        assert list(defaults(scheme)) == [option.name for option in options]
        for option in options:
            value = other_value(option)
            assert resolve_options(scheme, {option.name: value}) == {**defaults(scheme), option.name: value}

    @pytest.mark.parametrize(
        ("scheme", "given", "sentence"),
        [
            (
                "he",
                {},
                "there is no scheme 'he'; choose one of xavier_uniform, xavier_normal, kaiming_uniform, "
                "kaiming_normal, lecun_normal, normal, trunc_normal, uniform, orthogonal, sparse, constant, zeros, "
                "ones, eye, dirac",
            ),
            ("normal", {"sigma": 1}, "normal has no option 'sigma'; it takes mean, std"),
            ("zeros", {"val": 1}, "zeros has no option 'val'; it takes no options"),
            ("normal", {"std": -1}, "option std of normal is -1; it must lie between 0 and 1e+06"),
            ("normal", {"std": math.nan}, "option std of normal is nan; it must lie between 0 and 1e+06"),
            ("normal", {"mean": math.inf}, "option mean of normal is inf; it must lie between -1e+06 and 1e+06"),
            ("normal", {"std": "1"}, "option std of normal is '1'; it needs a number"),
            ("normal", {"std": True}, "option std of normal is True; it needs a number"),
            ("dirac", {"groups": 1.0}, "option groups of dirac is 1.0; it needs a whole number"),
            ("dirac", {"groups": 0}, "option groups of dirac is 0; it must lie between 1 and 4096"),
            ("sparse", {"sparsity": 1.5}, "option sparsity of sparse is 1.5; it must lie between 0 and 1"),
            (
                "kaiming_normal",
                {"mode": "fan"},
                "option mode of kaiming_normal is 'fan'; choose one of fan_in, fan_out",
            ),
            ("uniform", {"a": 2}, "uniform needs a below b, but a is 2.0 and b is 1.0; exchange them"),
            ("trunc_normal", {"a": 2}, "trunc_normal needs a below b, but a is 2.0 and b is 2.0; exchange them"),
        ],
    )
    def test_are_refused_in_one_sentence(self, scheme: str, given: dict[str, Value], sentence: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            resolve_options(scheme, given)
        assert str(caught.value) == sentence

    def test_zero_has_no_sign_so_that_equal_options_draw_equal_bits(self) -> None:
        options = resolve_options("constant", {"val": -0.0})
        assert math.copysign(1, float(options["val"])) == 1

    @pytest.mark.parametrize(
        ("mean", "std", "a", "b"), [(1e6, 1.0, -2.0, 2.0), (5.0, 1e-9, -2.0, 2.0), (-2.6, 1.0, -2.0, 1e6)]
    )
    def test_that_make_trunc_normal_redraw_for_ever_are_refused(
        self, mean: float, std: float, a: float, b: float
    ) -> None:
        with pytest.raises(ValueError, match=r"trunc_normal would redraw nearly every value: mean .* std outside"):
            resolve_options("trunc_normal", {"mean": mean, "std": std, "a": a, "b": b})

    @pytest.mark.parametrize(
        ("mean", "std", "a", "b"),
        [
            (0.0, 0.02, -2.0, 2.0),
            (0.0, 1e-9, -1e6, 1e6),
            (5.0, 1.0, -2.0, 2.0),
            (0.0, 100.0, -2.0, 2.0),
            (2.0, 1e-9, -2, 2),
        ],
    )
    def test_that_trunc_normal_can_draw_are_taken(self, mean: float, std: float, a: float, b: float) -> None:
        options = resolve_options("trunc_normal", {"mean": mean, "std": std, "a": a, "b": b})
        started, drawn = time.process_time(), torch.empty(100, 100)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the mean is far from the bounds
            initialize(drawn, "trunc_normal", options)
        assert time.process_time() - started < 5
        assert a <= drawn.min() <= drawn.max() <= b


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
        carry_out(Initialize("normal", OneTensor("4.weight")), model, lesson(Recipe("shared_mlp")))
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
            carry_out(step, model, lesson(recipe))
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
