"""What edits compute: what Python would.

The oracle is Python itself: the text `to_python` gives, executed on a twin of the tensor with torch and math at hand.
"""

import math
import warnings
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.recipe import edit_formula
from core.replaying.editing import edit
from tests.recipes import formulas
from tests.work import peak_bytes

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.bool, torch.complex64)


def grid() -> Tensor:
    """[[0, 1, 2], [3, 4, 5]]."""
    return torch.arange(6.0).reshape(2, 3)


def bits(tensor: Tensor) -> bytes:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


class TestRounding:
    """Which formulas a script must compute on one thread."""

    @pytest.mark.parametrize("text", ["w += 1", "w *= abs(w) >= 5", "w = where(w > 0, w, 0)", "w = clamp(w, 0, 1) / 3"])
    def test_is_exact(self, text: str) -> None:
        assert not edit_formula.rounds(text)

    @pytest.mark.parametrize("text", ["w -= mean(w)", "w = 1\nw /= std(w)", "w = exp(w)", "w = w ** 2", "w **= 2"])
    def test_may_depend_on_how_torch_computes(self, text: str) -> None:
        assert edit_formula.rounds(text)


class TestComputation:
    @settings(max_examples=300, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_is_what_python_computes(self, data: st.DataObject) -> None:
        shape = data.draw(st.sampled_from([(), (1,), (5,), (3, 4), (2, 3, 2), (0, 3)]))
        dtype = data.draw(st.sampled_from(DTYPES))
        text = data.draw(formulas(shape))
        w = torch.arange(-5, math.prod(shape) - 5, dtype=torch.float32).mul(0.75).reshape(shape).to(dtype)
        twin, before = w.clone(), bits(w)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a std of one value
            try:
                edit(w, text)
            except ValueError as error:
                refused = str(error)
            else:
                refused = ""
            if "too large a number" in refused or "not a real number" in refused:
                assert bits(w) == before
                return
            try:
                with torch.no_grad():
                    exec(edit_formula.to_python(text), {"torch": torch, "math": math, "w": twin})
            except (RuntimeError, TypeError, IndexError, ArithmeticError, ValueError):
                assert refused
                assert bits(w) == before
            else:
                assert not refused
                assert bits(w) == bits(twin)

    def test_writes_into_the_tensor_and_keeps_the_object(self) -> None:
        layer = nn.Linear(3, 2)
        weight, address, version = layer.weight, layer.weight.data_ptr(), layer.weight._version
        edit(layer.weight, "w = w * 2")
        assert layer.weight is weight
        assert weight.data_ptr() == address
        assert weight._version > version
        assert weight.requires_grad
        assert weight.is_leaf
        assert weight.grad is None

    def test_changes_every_name_of_the_tensor_and_every_view(self) -> None:
        first, second = nn.Linear(3, 3), nn.Linear(3, 3)
        second.weight = first.weight
        flat = first.weight.detach().view(-1)
        transposed = nn.Parameter(first.weight.t())
        edit(second.weight, "w[0, 1] = 100")
        assert first.weight[0, 1] == flat[1] == transposed[1, 0] == 100

    def test_reads_a_slice_before_it_is_overwritten(self) -> None:
        w = torch.arange(5.0)
        edit(w, "w[1:] = w[:-1]")
        assert w.tolist() == [0, 0, 1, 2, 3]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("w = 1\nw[0] = 2\nw[9] = 3", "index 9 is out of bounds for dimension 0 with size 2"),
            ("w += 1\nw[0, 0, 0] = 3", "too many indices for tensor of dimension 2"),
            ("w += 1; w = w[:, :2]", "The expanded size of the tensor (3) must match the existing size (2)"),
            ("w += 1; w = 1 / 0", "division by zero"),
            ("w += 1; w = log(0)", "math domain error"),
            ("w += 1; w = exp(1000)", "math range error"),
            ("w += 1; w = 2.0 ** 10 ** 9", "(34, 'Numerical result out of range')"),
            ("w += 1; w = 10 ** 10 ** 9", "10 ** 1000000000 is too large a number"),
            ("w += 1; w = (-8) ** 0.5", "-8 ** 0.5 is not a real number"),
            ("w += 1; w = ~w", "~ (operator.invert) is only implemented on integer and Boolean-type tensors"),
            ("w += 1; w &= 1", "\"bitwise_and_cpu\" not implemented for 'Float'"),
        ],
    )
    def test_does_all_of_it_or_nothing(self, text: str, reason: str) -> None:
        w = grid()
        w[1, 1] = math.nan
        w[1, 2] = -0.0
        before = bits(w)
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (its beginning is compared)
            edit(w, text)
        assert str(caught.value).startswith(f"{text!r} cannot be computed on shape (2, 3): {reason}")
        assert bits(w) == before

    def test_does_all_or_nothing_on_an_expanded_tensor(self) -> None:
        base = torch.arange(3.0).reshape(1, 3)
        expanded = base.expand(4, 3)
        with pytest.raises(ValueError, match="cannot be computed on shape"):
            edit(expanded, "w[0] = 7\nw += 1")
        assert base.tolist() == [[0, 1, 2]]

    @pytest.mark.parametrize("text", ["w = 9**9**9**9", "w = (-10)**10**9", "w = w * 2**(10**12)", "w **= 10**10**9"])
    def test_refuses_numbers_without_end_at_once(self, text: str) -> None:
        def refuse() -> None:
            with pytest.raises(ValueError, match="is too large a number"):
                edit(grid(), text)

        assert peak_bytes(refuse) < 1_000_000, "a number of a billion digits takes 400 MB"

    def test_never_runs_what_it_reads(self, tmp_path: Path) -> None:
        target = f"{tmp_path}/written"
        for text in (
            f"w = open({target!r}, 'w')",
            f"w = __import__('pathlib').Path({target!r}).touch()",
            f"w[open({target!r}, 'w')] = 1",
            f"w = abs(open({target!r}, 'w'))",
            f"open({target!r}, 'w')",
        ):
            with pytest.raises(ValueError, match=r"not part of a formula|not a whole number"):
                edit(grid(), text)
        assert not list(tmp_path.iterdir())
