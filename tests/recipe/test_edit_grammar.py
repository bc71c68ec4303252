"""The language of edits: what it takes, what it refuses and in which words."""

import math

import pytest
import torch
from torch import Tensor

from core.recipe import edit_formula
from core.recipe.steps import Edit
from core.replaying.editing import edit
from tests.work import calls

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.bool, torch.complex64)


def grid() -> Tensor:
    """[[0, 1, 2], [3, 4, 5]]."""
    return torch.arange(6.0).reshape(2, 3)


def bits(tensor: Tensor) -> bytes:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def refusal(text: str) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (callers compare the text)
        edit_formula.parse(text)
    return str(caught.value)


class TestGrammar:
    @pytest.mark.parametrize(
        ("text", "python", "values"),
        [
            ("w += 1", "w += 1", [[1, 2, 3], [4, 5, 6]]),
            ("w -= 0.5", "w -= 0.5", [[-0.5, 0.5, 1.5], [2.5, 3.5, 4.5]]),
            ("w *= abs(w) >= 3", "w *= abs(w) >= 3", [[0, 0, 0], [3, 4, 5]]),
            ("w /= 2", "w /= 2", [[0, 0.5, 1], [1.5, 2, 2.5]]),
            ("w //= 2", "w //= 2", [[0, 0, 1], [1, 2, 2]]),
            ("w %= 2", "w %= 2", [[0, 1, 0], [1, 0, 1]]),
            ("w **= 2", "w **= 2", [[0, 1, 4], [9, 16, 25]]),
            ("w = 7", "w[...] = 7", [[7, 7, 7], [7, 7, 7]]),
            ("w = -w", "w[...] = -w", [[0, -1, -2], [-3, -4, -5]]),
            ("w = -2 ** 2", "w[...] = -2 ** 2", [[-4, -4, -4], [-4, -4, -4]]),
            ("w = 2 + 3 * 4", "w[...] = 2 + 3 * 4", [[14, 14, 14], [14, 14, 14]]),
            ("w = (2 + 3) * 4", "w[...] = (2 + 3) * 4", [[20, 20, 20], [20, 20, 20]]),
            ("w[0, 0] = 42", "w[0, 0] = 42", [[42, 1, 2], [3, 4, 5]]),
            ("w[:] += 1", "w[:] += 1", [[1, 2, 3], [4, 5, 6]]),
            ("w[1] = 0", "w[1] = 0", [[0, 1, 2], [0, 0, 0]]),
            ("w[-1, -1] = 0", "w[-1, -1] = 0", [[0, 1, 2], [3, 4, 0]]),
            ("w[:, 1] *= -1", "w[:, 1] *= -1", [[0, -1, 2], [3, -4, 5]]),
            ("w[:, ::2] = 9", "w[:, ::2] = 9", [[9, 1, 9], [9, 4, 9]]),
            ("w[..., 0] = 9", "w[..., 0] = 9", [[9, 1, 2], [9, 4, 5]]),
            ("w[0] = w[1]", "w[0] = w[1].clone()", [[3, 4, 5], [3, 4, 5]]),
            ("w[:, 1:] = w[:, :-1]", "w[:, 1:] = w[:, :-1].clone()", [[0, 0, 1], [3, 3, 4]]),
            ("w = w[0]", "w[...] = w[0].clone()", [[0, 1, 2], [0, 1, 2]]),
            ("w = w - w[0]", "w[...] = w - w[0]", [[0, 0, 0], [3, 3, 3]]),
            ("w = 1_000", "w[...] = 1000", [[1000, 1000, 1000], [1000, 1000, 1000]]),
            ("w = 1e3", "w[...] = 1000.0", [[1000, 1000, 1000], [1000, 1000, 1000]]),
            ("w[0] = inf", "w[0] = math.inf", [[math.inf, math.inf, math.inf], [3, 4, 5]]),
            ("w[0] = -inf", "w[0] = -math.inf", [[-math.inf, -math.inf, -math.inf], [3, 4, 5]]),
            ("w = (w > 1) & (w < 4)", "w[...] = (w > 1) & (w < 4)", [[0, 0, 1], [1, 0, 0]]),
            ("w = ~(w == 2) | (w != w)", "w[...] = ~(w == 2) | (w != w)", [[1, 1, 0], [1, 1, 1]]),
            ("w = clamp(w, 1, 4)", "w[...] = torch.clamp(w, 1, 4)", [[1, 1, 2], [3, 4, 4]]),
            ("w = where(w > 2, w, 0)", "w[...] = torch.where(w > 2, w, 0)", [[0, 0, 0], [3, 4, 5]]),
            ("w = sign(w - 2)", "w[...] = torch.sign(w - 2)", [[-1, -1, 0], [1, 1, 1]]),
            ("w -= mean(w)", "w -= torch.mean(w)", [[-2.5, -1.5, -0.5], [0.5, 1.5, 2.5]]),
            ("w = sqrt(4) * w", "w[...] = math.sqrt(4) * w", [[0, 2, 4], [6, 8, 10]]),
            ("w = 10**-(10**9)", "w[...] = 10 ** (-10 ** 9)", [[0, 0, 0], [0, 0, 0]]),
            ("w += 1; w *= 2", "w += 1\nw *= 2", [[2, 4, 6], [8, 10, 12]]),
            ("w = 1\n\n# then\nw = 2\n", "w[...] = 1\nw[...] = 2", [[2, 2, 2], [2, 2, 2]]),
            ("  w = 3", "w[...] = 3", [[3, 3, 3], [3, 3, 3]]),
            ("w = 1\r\nw[0] = 2", "w[...] = 1\nw[0] = 2", [[2, 2, 2], [1, 1, 1]]),
        ],
    )
    def test_takes(self, text: str, python: str, values: list[list[float]]) -> None:
        w = grid()
        edit(w, text)
        assert w.tolist() == values
        assert edit_formula.to_python(text) == python

    def test_takes_every_function_of_a_tensor_and_of_a_number(self) -> None:
        for name in edit_formula.NUMBER_FUNCTIONS:
            w = grid() + 1
            expected = getattr(torch, name)(w) + (abs if name == "abs" else getattr(math, name))(0.5)
            edit(w, f"w = {name}(w) + {name}(0.5)")
            assert torch.equal(w, expected)
        for name in ("sign", "mean", "std"):
            w = grid()
            edit(w, f"w *= {name}(w)")
            assert torch.equal(w, grid() * getattr(torch, name)(grid()))

    def test_knows_nan_inf_and_pi(self) -> None:
        for name in edit_formula.CONSTANTS:
            w = grid()
            edit(w, f"w = {name}")
            assert torch.equal(w, torch.full((2, 3), getattr(math, name))) or (name == "nan" and w.isnan().all())

    @pytest.mark.parametrize(
        "value",
        [
            "w.data", "w.__class__", "w.grad", "torch.abs(w)", "math.pi", "x", "W", "e", "é", "__import__('os')",
            "exec('1')", "eval('w')", "open('/etc/passwd')", "globals()", "print(w)", "abs(*w)", "abs(w, out=w)",
            "abs(**w)", "(w := 1)", "lambda: w", "w if w else 1", "[w]", "[x for x in w]", "{1: 2}", "{w}", "(1, 2)",
            "f'{w}'", "'a'", "b'a'", "1j", "True", "None", "...", "w @ w", "w << 1", "w ^ 1", "w and 1", "not w",
            "w < 1 < 2", "w is w", "w in w", "+w", "w[0][0]", "await w", "(yield)", "abs(w)(w)", "w[0].x", "w()",
        ],
    )  # fmt: skip
    def test_refuses_any_other_python_in_a_value(self, value: str) -> None:
        said = refusal(f"w = {value}")
        assert (
            " is not part of a formula, which knows numbers, w, nan, inf, pi, arithmetic, comparisons and abs" in said
        )

    @pytest.mark.parametrize(
        "statement",
        [
            "w", "w == 1", "w = w = 1", "w: float = 1", "del w", "import os", "from os import *", "for i in w: pass",
            "while 1: w = 1", "if 1: w = 1", "with w: pass", "def f(): pass", "async def f(): pass", "class A: pass",
            "return 1", "assert w", "raise w", "pass", "global w", "try: w\nfinally: w", "w @= w", "w <<= 1",
            "w >>= 1", "w ^= 1", "match w:\n case 1: pass",
        ],
    )  # fmt: skip
    def test_refuses_any_other_statement(self, statement: str) -> None:
        assert " is not part of a formula, which knows numbers," in refusal(statement)
        assert " is not part of a formula, which knows numbers," in refusal(f"w = 1\n{statement}")

    @pytest.mark.parametrize("target", ["x", "w.data", "w[0].data", "w[0][0]", "v[0]", "torch.foo", "w()[0]", "(w, w)"])
    def test_refuses_to_assign_to_anything_but_w(self, target: str) -> None:
        assert refusal(f"{target} = 1") == (
            f"'{target}' cannot be assigned to; only w can, whole or at an index such as w[0, :2]"
        )

    @pytest.mark.parametrize(
        "index", ["w > 0", "0.5", "None", "'a'", "True", "2 ** 3", "[0]", "w", "1 + 1", "--1", "x"]
    )
    @pytest.mark.parametrize("form", ["w[{}] = 1", "w = w[{}]", "w[0, {}] = 1", "w[:{}] = 1"])
    def test_refuses_an_index_that_is_no_whole_number(self, index: str, form: str) -> None:
        assert refusal(form.format(index)).endswith(
            f"{index!r} is not a whole number; an index is made of whole numbers and slices such as w[0, :2]"
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "the formula is empty; write an assignment to w such as w[0, 0] = 42 or w *= abs(w) >= 5"),
            ("# nothing", "the formula is empty; write an assignment to w such as w[0, 0] = 42 or w *= abs(w) >= 5"),
            (
                "w = ",
                "'w =' cannot be read as a formula; write an assignment to w such as w[0, 0] = 42 or w *= abs(w) >= 5",
            ),
            (
                "w = \0",
                r"'w = \x00' cannot be read as a formula; write an assignment to w such as w[0, 0] = 42 or "
                "w *= abs(w) >= 5",
            ),
            ("w = abs()", "abs takes 1 argument, but 'abs()' gives 0"),
            ("w = clamp(w, 0)", "clamp takes 3 arguments, but 'clamp(w, 0)' gives 2"),
            ("w = mean(1)", "'mean(1)' does not depend on w; mean needs w in its first argument"),
            ("w = where(1, w, w)", "'where(1, w, w)' does not depend on w; where needs w in its first argument"),
            ("w[::-1] = 1", "the slice ::-1 has a step below 1; torch slices forward only"),
            ("w = w[::0]", "the slice ::0 has a step below 1; torch slices forward only"),
            ("w = 1e400", "a number in the formula is larger than 1e+308; write inf for infinity"),
            ("w = 0x" + "f" * 1500, "a number in the formula is larger than 1e+308; write inf for infinity"),
            ("w = 1" + " " * 2000, "the formula has 2005 characters, more than 2000; split it into several edits"),
            ("w = 1;" * 101, "the formula has 101 statements, more than 100; split it into several edits"),
        ],
    )
    def test_says_what_is_wrong(self, text: str, said: str) -> None:
        assert refusal(text) == said

    @pytest.mark.parametrize(
        "text",
        [
            "w = " + "(" * 3000 + "w" + ")" * 3000,
            "w = " + "(" * 900 + "w" + ")" * 900,
            "w = " + "-" * 1900 + "w",
            "w = " + "~" * 1900 + "w",
            "w = " + "not " * 480 + "w",
            "w = w" + ".a" * 900,
            "w = w" + "[0]" * 600,
            "w = f" + "()" * 900,
            "w = w" + "+w" * 900,
            "w = " + "2**" * 600 + "2",
            "w = " + "abs(" * 190 + "w" + ")" * 190,
            "w[" + "-" * 1900 + "1] = 1",
            "w" + ".a" * 900 + " = 1",
            "w" + "[0]" * 600 + " = 1",
            "w = " + "lambda: " * 200 + "1",
            "w = " + "[" * 150 + "]" * 150,
            "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 60)) + " " * 60 + "w = 1",
        ],
        ids=lambda text: text[:14],
    )
    def test_refuses_what_nests_without_end_at_once_in_one_sentence(self, text: str) -> None:
        said = refusal(text)
        assert calls(lambda: refusal(text)) < 100_000
        assert len(said) < 300
        assert "\n" not in said

    def test_every_refusal_stays_short(self) -> None:
        for text in ("w = " + "x" * 1900, "x" * 1900 + " = 1", "w = '" + "x" * 1900 + "'", "w[" + "9" * 1900 + "] = 1"):
            assert len(refusal(text)) < 300

    def test_a_step_of_no_formula_cannot_be_made(self) -> None:
        with pytest.raises(ValueError, match="import os"):
            Edit("0.weight", "import os")
