"""Evidence measured on whatever is tied, however often and whatever it holds, never argues for the belief."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core.questions.experiments import Evidence
from core.sharing.misconceptions import evidence
from core.sharing.misconceptions.base import Exhibit
from tests.kinds import k3, k4, k10

OWN = "this model"


def tied(names: int, change: Callable[[Tensor], Tensor] = lambda w: w, *, own_modules: bool = True) -> nn.Sequential:
    """Linear layers of 4 by 4 that share one weight, made of random values by `change`."""
    torch.manual_seed(0)
    layers = [nn.Linear(4, 4) for _ in range(names)] if own_modules else [nn.Linear(4, 4)] * names
    shared = nn.Parameter(change(torch.randn(4, 4)))
    for layer in layers:
        layer.weight = shared
    return nn.Sequential(*(part for layer in layers for part in (layer, nn.Tanh())))


def found(key: str, net: nn.Module, inputs: Tensor | None = None) -> Evidence:
    inputs = torch.rand(3, 4) if inputs is None else inputs
    return evidence(key, Exhibit(net, inputs, lambda output: output.float().square().sum()))


def facts(key: str, net: nn.Module) -> dict[str, str]:
    seen = found(key, net)
    assert seen.subject == OWN
    return dict(seen.facts)


@pytest.mark.parametrize("names", [2, 3, 5])
class TestATieOfManyNames:
    def test_is_counted_in_all_its_places(self, names: int) -> None:
        apart, together = (facts("apply_each_place", tied(names, own_modules=own)) for own in (True, False))
        assert apart["places of the tensor"] == together["places of the tensor"] == str(names)
        assert (apart["one module in all of them"], together["one module in all of them"]) == ("no", "yes")
        assert apart["times net.apply comes by"] == str(names)
        assert together["times net.apply comes by"] == "1"

    def test_has_one_slot_and_as_many_uses(self, names: int) -> None:
        assert list(facts("optimizer_unties", tied(names)).values()) == [str(names), "1", "0", "yes"]
        assert sum(what.startswith("L2 norm of use") for what in facts("two_gradients", tied(names))) == names

    def test_has_a_first_name_and_the_others_are_left_out(self, names: int) -> None:
        left_out = facts("all_names", tied(names))["left out"]
        assert left_out == ", ".join(f"{2 * at}.weight" for at in range(1, names))


VALUES: dict[str, Callable[[Tensor], Tensor]] = {
    "not contiguous": lambda w: w.t(),
    "every second column": lambda _w: torch.randn(4, 8)[:, ::2],
    "expanded": lambda _w: torch.randn(4, 1).expand(4, 4),
    "all NaN": lambda w: w * torch.nan,
    "all infinite": lambda w: w.sign() * torch.inf,
    "too large for one more": lambda w: w.sign() * 1e30,
    "zeros": torch.zeros_like,
    "ones": torch.ones_like,
    "bfloat16": lambda w: w.bfloat16(),
    "half": lambda w: w.half(),
    "8 bits": lambda w: w.to(torch.float8_e4m3fn),
    "complex": lambda w: w.to(torch.complex64),
    "minus zero": lambda w: -torch.zeros_like(w),
}


@pytest.mark.parametrize("values", VALUES)
class TestATieOfWhatever:
    def test_is_told_from_a_copy_by_an_edit(self, values: str) -> None:
        assert list(facts("equal_values", tied(3, VALUES[values])).values()) == ["yes", "yes", "yes", "no"]

    def test_shows_one_write_through_a_transposed_parameter(self, values: str) -> None:
        seen = found("transposed_copy", tied(3, VALUES[values]))
        if seen.subject == OWN:
            changed = dict(seen.facts)["elements of the new Parameter that one write changed"]
            assert changed == ("4" if values == "expanded" else "1")
        else:
            assert values in ("8 bits", "complex", "expanded")  # nothing trains these

    def test_is_no_argument_for_an_average(self, values: str) -> None:
        seen = found("two_gradients", tied(3, VALUES[values]))
        average = float(dict(seen.facts)["largest |average of uses − .grad|"].replace("−", "-"))
        error = float(dict(seen.facts)["largest |sum of uses − .grad|"].replace("−", "-"))
        assert average > 10 * error
        assert (seen.subject == OWN) == (values not in ("all NaN", "all infinite", "too large for one more", "8 bits",
                                                         "bfloat16", "half", "complex"))  # fmt: skip


class TestATieThatIsNoneOfTheSort:
    def test_by_storage_is_said_to_be_parameters_of_their_own(self) -> None:
        for build in (k3, k4):
            seen = found("two_gradients", build())
            assert seen.subject == (
                "the lesson's MLP with a shared layer: '0.weight' and '2.weight' share bytes but are Parameters of "
                "their own"
            )

    def test_of_a_buffer_and_a_parameter_too(self) -> None:
        assert "share bytes" in found("equal_values", k10()).subject

    def test_frozen_keeps_its_names_and_has_no_gradient(self) -> None:
        net = tied(3)
        net[0].weight.requires_grad_(False)
        assert facts("all_names", net)["left out"] == "2.weight, 4.weight"
        assert list(facts("equal_values", net).values()) == ["yes", "yes", "yes", "no"]
        assert found("two_gradients", net).subject == (
            "the lesson's MLP with a shared layer: '0.weight' is tied but frozen"
        )

    def test_of_integers_is_edited_too(self) -> None:
        net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        shared = nn.Parameter(torch.full((4, 4), 2**62), requires_grad=False)
        for layer in net:
            layer.codes = shared
        assert list(facts("equal_values", net).values()) == ["yes", "yes", "yes", "no"]
        assert found("optimizer_unties", net).subject.endswith("'0.codes' is tied but frozen")

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda _w: torch.empty(0, 4), "'0.weight' is tied but has no elements"),
            (lambda w: w.to("meta"), "'0.weight' is tied but has no data"),
            (lambda w: w.to_sparse(), "'0.weight' is tied but sparse"),
        ],
    )
    def test_without_values_is_said(self, change: Callable[[Tensor], Tensor], reason: str) -> None:
        net = tied(2, lambda w: w)
        shared = nn.Parameter(change(torch.randn(4, 4)))
        net[0].weight = net[2].weight = shared
        assert found("equal_values", net).subject.endswith(reason)

    def test_used_once_is_no_evidence_of_a_sum(self) -> None:
        class Once(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
                self.b.weight = self.a.weight

            def forward(self, x: Tensor) -> Tensor:
                return self.a(x)  # type: ignore[no-any-return]

        assert found("two_gradients", Once()).subject.endswith("a forward pass uses 'a.weight' once only")

    def test_and_one_by_object_beside_it_is_found(self) -> None:
        net = tied(3)
        net.register_buffer("alias", net.get_parameter("0.weight").detach())
        assert facts("apply_each_place", net)["places of the tensor"] == "3"


class TestTheMatrixBeliefs:
    def test_xavier_refuses_nothing_of_a_model_of_matrices(self) -> None:
        net = nn.Sequential(nn.Linear(4, 4, bias=False))
        assert found("xavier_everywhere", net).subject.endswith("it can draw every parameter of this model")

    def test_a_lazy_layer_beside_a_matrix_is_left_out(self) -> None:
        net = nn.Sequential(nn.Linear(4, 4), nn.LazyLinear(4))
        assert facts("xavier_everywhere", net)["parameters it refuses"] == "1"
