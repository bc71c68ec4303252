"""The schemes are described, their options and defaults are torch's own, and what does not fit is refused."""

import inspect
import math
import subprocess
import sys
import time
import typing
import warnings
from pathlib import Path

import pytest
import torch
from torch.nn import init

from core.recipe.schemes.scheme import Scheme, Value
from core.recipe.schemes.table import SCHEMES, resolve_options
from core.replaying.initializing import initialize
from tests.schemes import defaults, every_scheme, other_value, torch_function

ROOT = Path(__file__).parents[2]


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
            "import sys; from core.recipe.schemes.table import SCHEMES, resolve_options; "
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
                f"there is no scheme 'he'; choose one of {', '.join(SCHEMES)}",
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
