"""The catalog: what it promises of each model is what the model's file does, and what does not fit is one sentence."""

import inspect
import subprocess
import sys
from typing import Any

import pytest
from torch import nn

from core.recipe import catalog
from core.recipe.catalog import MODELS, resolve
from tests.models.built import NAMES, ROOT, built, every_model


class TestCatalog:
    def test_lists_the_models_in_the_order_of_the_lesson(self) -> None:
        assert " ".join(NAMES) == "mlp rgnet shared_mlp lenet deep_mlp gpt lstm autoencoder lazy_mlp"
        assert all(model.name == name for name, model in MODELS.items())

    def test_has_an_entry_for_every_file_and_a_file_for_every_entry(self) -> None:
        files = {path.stem for path in (ROOT / "core" / "models").glob("*.py")}
        assert files - {"__init__", "catalog", "lesson"} == set(NAMES)

    @every_model
    def test_arguments_are_those_of_the_builder_and_of_its_batch(self, name: str) -> None:
        promised = {argument.name: argument.default for argument in MODELS[name].arguments}
        batch_arguments = defaults(catalog.module(name).batch)
        assert list(defaults(catalog.builder(name)).items()) == list(promised.items())
        assert batch_arguments.pop("size") is inspect.Parameter.empty
        assert list(batch_arguments.items()) == list(promised.items())

    @every_model
    def test_defaults_lie_within_the_bounds(self, name: str) -> None:
        for argument in MODELS[name].arguments:
            assert resolve(name, {argument.name: argument.default})
            assert bool(argument.choices) == (argument.low is None) == (argument.high is None)
            assert argument.help

    def test_offers_the_activations_that_deep_mlp_knows(self) -> None:
        (activation,) = (a for a in MODELS["deep_mlp"].arguments if a.name == "activation")
        assert activation.choices == tuple(catalog.module("deep_mlp").ACTIVATIONS)

    @every_model
    def test_teaches_in_one_sentence(self, name: str) -> None:
        teaches = MODELS[name].teaches
        assert teaches.endswith(".")
        assert ". " not in teaches

    def test_is_read_without_importing_torch(self) -> None:
        code = (
            "import sys; from core.recipe.catalog import MODELS, resolve, source; "
            "[(resolve(name, {}), source(name)) for name in MODELS]; assert 'torch' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def defaults(function: Any) -> dict[str, Any]:
    """Argument names of a function, in order, with their defaults."""
    return {name: p.default for name, p in inspect.signature(function).parameters.items()}


class TestResolve:
    def test_fills_in_defaults_in_the_order_of_the_catalog(self) -> None:
        assert list(resolve("mlp", {"n_out": 2, "n_in": 3}).items()) == [
            ("n_in", 3),
            ("hidden", 8),
            ("n_out", 2),
        ]

    def test_takes_a_choice(self) -> None:
        assert resolve("deep_mlp", {"activation": "gelu"})["activation"] == "gelu"

    @every_model
    def test_gives_what_the_builder_takes(self, name: str) -> None:
        assert isinstance(built(name, **resolve(name, {})), nn.Module)

    @pytest.mark.parametrize(
        ("name", "given", "sentence"),
        [
            pytest.param(
                "resnet",
                {},
                "there is no model 'resnet'; choose one of mlp, rgnet, shared_mlp, lenet, deep_mlp, gpt, "
                "lstm, autoencoder, lazy_mlp",
                id="unknown model",
            ),
            pytest.param(
                "mlp",
                {"depth": 3},
                "mlp has no argument 'depth'; it takes n_in, hidden, n_out",
                id="unknown argument",
            ),
            pytest.param(
                "mlp",
                {"hidden": "8"},
                "hidden of mlp is an integer, not '8'; choose one from 1 to 1024",
                id="a string for an integer",
            ),
            pytest.param(
                "mlp",
                {"hidden": True},
                "hidden of mlp is an integer, not True; choose one from 1 to 1024",
                id="a bool for an integer",
            ),
            pytest.param(
                "mlp",
                {"hidden": 8.0},
                "hidden of mlp is an integer, not 8.0; choose one from 1 to 1024",
                id="a float for an integer",
            ),
            pytest.param(
                "deep_mlp",
                {"depth": 0},
                "depth of deep_mlp cannot be 0; choose an integer from 1 to 64",
                id="too small",
            ),
            pytest.param(
                "deep_mlp",
                {"width": 513},
                "width of deep_mlp cannot be 513; choose an integer from 1 to 512",
                id="too large",
            ),
            pytest.param(
                "deep_mlp",
                {"width": 10**5000},
                "width of deep_mlp cannot be a number beyond 64 bits; choose an integer from 1 to 512",
                id="absurdly large",
            ),
            pytest.param(
                "deep_mlp",
                {"activation": "selu"},
                "activation of deep_mlp cannot be 'selu'; choose one of relu, tanh, sigmoid, gelu",
                id="not among the choices",
            ),
            pytest.param(
                "deep_mlp",
                {"activation": 1},
                "activation of deep_mlp cannot be 1; choose one of relu, tanh, sigmoid, gelu",
                id="an integer for a string",
            ),
        ],
    )
    def test_refuses_in_one_sentence(self, name: str, given: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            resolve(name, given)
        assert str(caught.value) == sentence

    def test_keeps_a_long_name_short(self) -> None:
        with pytest.raises(ValueError, match=r"mlp has no argument 'x{38}…; it takes") as caught:
            resolve("mlp", {"x" * 2000: 1})
        assert len(str(caught.value)) < 100

    @pytest.mark.parametrize("name", ["../recipe", "catalog", "__init__", ""])
    def test_reads_no_file_that_is_not_a_model(self, name: str) -> None:
        for read in (catalog.source, catalog.module, catalog.builder):
            with pytest.raises(ValueError, match="there is no model"):
                read(name)
