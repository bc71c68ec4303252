"""Declarations in a text that is read and not run: on what they stand, what is defined above, which parts they name."""

import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipe import expects
from core.recipe.declared_numbers import TERMS
from core.recipe.declared_parts import slices, split
from core.recipe.expectations import ByScheme
from core.recipe.undeclared import without_declarations

CODE = """
import math
from math import exp as e_to
from torch import nn

STD, LAYERS = 0.02, 12
GAIN = nn.init.calculate_gain("relu")
small = normal(0, STD / math.sqrt(2 * LAYERS))
expects = {"*.proj.weight": small, "*": normal(0, STD)}

class Net(nn.Module):
    expects = {"head.weight": zeros()}

def my_init(m):
    pass

def build():
    return Net()

my_init.expects = {"fc.weight": normal(0, GAIN / math.sqrt(fan_in)), "*.bias": constant(e_to(0))}
"""


def test_a_function_has_its_own_declaration_a_builder_its_classs_and_anything_else_the_texts() -> None:
    assert expects.find(CODE, "my_init") == expects.parse(
        '{"fc.weight": normal(0, sqrt(2) / sqrt(fan_in)), "*.bias": ones()}'.replace("ones()", "constant(1.0)")
    )
    assert expects.find(CODE, "Net") == expects.find(CODE, "build") == expects.parse('{"head.weight": zeros()}')
    other = expects.find(CODE, "other_init")
    assert other == expects.parse('{"*.proj.weight": normal(0, 0.02 / sqrt(24)), "*": normal(0, 0.02)}')
    assert expects.find(CODE) == expects.find(CODE, "my_init")


def test_each_claim_knows_its_line() -> None:
    declared = expects.find('x = 1\nexpects = {\n    "a": zeros(),\n    "b[0]": ones(),\n}\n')
    assert declared is not None
    assert [claim.line for claim in declared.claims] == [3, 4]


def test_a_declaration_may_grow_and_be_named_again() -> None:
    code = 'expects = {}\nexpects["a"] = zeros()\nexpects |= {"b": ones()}\nf.expects = {**expects, "a": ones()}'
    assert expects.find(code, "g") == expects.parse('{"a": zeros(), "b": ones()}')
    assert expects.find(code, "f") == expects.parse('{"a": ones(), "b": ones()}')
    assert expects.find("f.expects = 'zeros()'\ng.expects = f.expects", "g") == expects.parse("zeros()")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("STD = 0.02\nif hot:\n    STD = 1.0\nexpects = normal(0, STD)", "line 4: STD is set in line 2 in a way"),
        ("for STD in (1, 2): pass\nexpects = normal(0, STD)", "line 2: STD is set in line 1"),
        ("STD = 1\ndef f():\n    global STD\n    STD = 2\nexpects = normal(0, STD)", "STD is set in line 2"),
        ("STD = float(input())\nexpects = normal(0, STD)", "STD is set in line 1"),
        ("expects = {'a': zeros()}\nfor i in range(3):\n    expects[f'{i}'] = ones()", "line 2: expects is set"),
        ("expects = {'a': zeros()}\nexpects.update(b=ones())", "line 2: expects is set"),
        ("if True:\n    expects = zeros()", "line 1: expects is set"),
        ("x = 1\nexpects = gaussian(0, 1)", "line 2: .gaussian.* is not part of a declaration"),
        ("expects = {}", "empty dictionary"),
    ],
)
def test_what_is_not_surely_known_from_the_text_is_said_and_not_guessed(code: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        expects.find(code)


def test_constants_are_those_of_the_line_above_even_when_they_change() -> None:
    declared = expects.find("STD = 0.02\nSTD /= 2\nSTD += 0.01\nexpects = normal(0, STD)\nSTD = 5")
    assert declared == expects.parse("normal(0, 0.02)")
    assert expects.find("n = 12\nexpects = normal(0, 1 / n)") == expects.parse("normal(0, 1 / 12)")
    assert expects.find("i = 3\nexpects = {f'layers.{i}.w': zeros()}") == expects.parse("{'layers.3.w': zeros()}")


INDICES = ["0", "-1", "::2", "1:", ":, 0", "0, 2:4", "..., -1", "1:-1, ...", "n/4:n/2", "n//4:, ::3", "-n/2:", ":n-1"]


@pytest.mark.parametrize("index", INDICES)
def test_a_part_is_what_python_indexes(index: str) -> None:
    declared = expects.parse(f'{{"w[{index}]": zeros()}}')
    (part,) = declared.parts("w", (8, 12, 4))
    values = np.arange(8 * 12 * 4).reshape(8, 12, 4)
    wanted = eval(f"values[{index.replace('n/4', '2').replace('n/2', '4').replace('n//4', '2').replace('n-1', '7')}]")
    assert part.shape == wanted.shape
    assert values[part.box.index].ravel().tolist() == wanted.ravel().tolist()
    assert declared.of("w") is None


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 4))
def test_any_slice_inside_an_axis_is_numpys_and_any_other_is_refused(start: int, stop: int, step: int) -> None:
    declared, values = expects.parse(f'{{"w[{start}:{stop}:{step}]": zeros()}}'), np.arange(6)
    wanted = values[start:stop:step]
    inside = -6 <= start <= 6 and -6 <= stop <= 6
    if not inside or not wanted.size:
        with pytest.raises(ValueError, match=r"begins at|reaches to|holds nothing"):
            declared.parts("w", (6,))
        return
    (part,) = declared.parts("w", (6,))
    assert values[part.box.index].tolist() == wanted.tolist()


def test_a_shells_own_brackets_keep_their_meaning() -> None:
    declared = expects.parse('{"*.bias_hh_l[01]": zeros(), "layers.[0-3].w": ones(), "*.weight_l[12]": ones()}')
    assert declared.of("lstm.bias_hh_l1") == ByScheme("zeros", ())
    assert declared.of("layers.2.w") == declared.of("lstm.weight_l2") == ByScheme("ones", ())
    assert declared.of("lstm.weight_l3") is None
    with pytest.raises(ValueError, match=r"\[n/4:k\] is no part of a tensor: .k. is not part of a declaration"):
        expects.parse('{"w[n/4:k]": zeros()}')


def test_numbers_in_a_part_are_about_the_whole_tensor_and_n_about_the_axis() -> None:
    (part,) = expects.parse('{"w[:n/2]": normal(0, fan_in / n)}').parts("w", (8, 3))
    assert part.spec == ByScheme("normal", (("mean", 0.0), ("std", 3 / 8)))
    assert (part.shape, part.box.shape) == ((4, 3), (4, 3))
    with pytest.raises(ValueError, match=r"whole numbers, but one is 7\.5 on an axis of 30"):
        expects.parse('{"w[n/4:]": zeros()}').parts("w", (30,))


def test_parts_are_laid_over_each_other_in_their_order() -> None:
    declared = expects.parse('{"w": normal(0, 1), "w[:4]": zeros(), "w[2:6]": ones()}')
    assert [part.box.as_text((8,)) for part in declared.parts("w", (8,))] == ["[:4]", "[2:6]"]
    assert declared.of("w") == expects.parse("normal(0, 1)").of("w")


def test_a_text_is_split_at_its_last_brackets() -> None:
    assert split("a.w[n/4:shape[0]]") == ("a.w", "n/4:shape[0]")
    assert split("a[0].w") == ("a[0].w", "")
    assert slices("a-z", lambda node: ast.literal_eval(node)) is None
    assert slices("n:", lambda _: TERMS["n"]) is not None


SILENCED = [
    ("expects = normal(0, 1)\ndef f(m): pass\n", "# expects = normal(0, 1)\ndef f(m): pass\n"),
    ("a = 1; expects = {\n 'é': zeros(),\n}; b = 2\n", "a = 1; pass\\\n\\\n; b = 2\n"),
    ("class A:\n    expects = zeros()\n", "class A:\n    pass  # expects = zeros()\n"),
    ("f.expects = {\n  'a': ones(),\n}  # why\n", "# f.expects = {\n#   'a': ones(),\n# }  # why\n"),
    ("s = normal(0, 1 / sqrt(fan_in))\nexpects = s\n", "# s = normal(0, 1 / sqrt(fan_in))\n# expects = s\n"),
    ("expects = zeros()\nprint(expects)\n", "expects = {}  # expects = zeros()\nprint(expects)\n"),
    ("x = 'é'; expects = zeros()\r\ny = 2", "x = 'é'; pass  # expects = zeros()\r\ny = 2"),
    ("def f(: no Python", "def f(: no Python"),
    ("STD = 0.02\n", "STD = 0.02\n"),
]


@pytest.mark.parametrize(("code", "silent"), SILENCED)
def test_code_without_what_it_declares_runs_in_any_interpreter_line_by_line(code: str, silent: str) -> None:
    assert without_declarations(code) == silent
    if "no Python" not in code:
        exec(silent, {"f": lambda: None})
        assert code.count("\n") == silent.count("\n")


def test_text_that_nests_without_end_is_refused() -> None:
    for code in ("expects = " + "a" + ".b" * 3000, "expects = " + "-" * 3000 + "1", "expects = zeros" + "()" * 2000):
        with pytest.raises(ValueError, match=r"read|nests|not part"):
            expects.find(code)
        without_declarations(code)
