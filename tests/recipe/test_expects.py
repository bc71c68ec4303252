"""Declarations: what they mean, and that text is read and never run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recipe import expects
from core.recipe.expectations import Anything, ByScheme, Default
from core.recipe.schemes.table import promise_of
from core.theory.declarations import promise_declared
from core.theory.probability import moments


def test_a_bare_declaration_holds_for_every_name() -> None:
    declared = expects.parse("normal(0, 0.02)")
    assert declared.of("0.weight") == declared.of("anything") == ByScheme("normal", (("mean", 0.0), ("std", 0.02)))


def test_the_first_pattern_that_fits_counts_and_a_dot_needs_no_module() -> None:
    declared = expects.parse('{"head.*": ones(), "*.weight": zeros(), "*.bias": anything(), "*": default()}')
    assert declared.of("head.weight") == ByScheme("ones", ())
    assert declared.of("weight") == declared.of("0.weight") == ByScheme("zeros", ())
    assert declared.of("0.bias") == Anything()
    assert declared.of("scale") == Default()
    assert expects.parse('{"*.bias": zeros()}').of("0.weight") is None


def test_schemes_take_torchs_arguments_by_place_and_by_name() -> None:
    assert expects.parse("uniform(-1, b=1)") == expects.parse("uniform(a=-1.0, b=2 - 1)")
    spec = expects.parse('kaiming_normal(mode="fan_out", nonlinearity="relu")').of("w")
    assert spec is not None
    wanted = promise_of("kaiming_normal", {"mode": "fan_out", "nonlinearity": "relu"}, (16, 6, 5, 5))
    assert promise_declared(spec, (16, 6, 5, 5)) == wanted


def test_numbers_may_be_calculated() -> None:
    spec = expects.parse("normal(0, 0.02 / sqrt(2 * 12))").of("w")
    assert isinstance(spec, ByScheme)
    assert dict(spec.options)["std"] == pytest.approx(0.02 / 24**0.5)
    assert expects.parse("normal(0, math.sqrt(2) ** -1)") == expects.parse("normal(0, sqrt(2) ** -1)")


def test_the_lessons_own_initialization_in_two_ways() -> None:
    by_cut = expects.parse("kept(uniform(-10, 10), at_least=5)").of("w")
    by_parts = expects.parse("mixture(atom(0, 0.5), uniform(-10, -5), uniform(5, 10))").of("w")
    assert by_cut is not None
    assert by_parts is not None
    one, other = (promise_declared(spec, (8, 4)).distribution for spec in (by_cut, by_parts))
    assert moments(one).std == moments(other).std == pytest.approx(5.40062, abs=1e-5)
    assert one.atoms == other.atoms


def test_shares_weigh_the_components() -> None:
    spec = expects.parse("mixture(share(0.9, normal(0, 1)), normal(0, 10))").of("w")
    assert spec is not None
    assert moments(promise_declared(spec, (3,)).distribution).std ** 2 == pytest.approx(0.9 + 0.1 * 100)


CODE = """
import torch
expects = normal(0, 1)

def my_init(m):
    expects = zeros()
    raise SystemExit

{}
"""


def test_a_declaration_is_found_in_code_that_is_not_run() -> None:
    assert expects.find("def f(m): pass") is None
    assert expects.find("") is None
    assert expects.find(CODE.format("")) == expects.parse("normal(0, 1)")
    assert expects.find(CODE.format("my_init.expects = {'*.bias': zeros()}")) == expects.parse("{'*.bias': zeros()}")
    assert expects.find("expects: object = 'normal(0, 1)'") == expects.parse("normal(0, 1)")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("foo(3)", r"foo\(3\).*not part of a declaration.*normal"),
        ("normal(0, -1)", "std of normal is -1;"),
        ("normal(0, 1, 2)", "normal takes mean, std, but 3 values"),
        ("normal(0, mean=1)", "given mean twice"),
        ("normal(0, sd=1)", "no option 'sd'"),
        ("{}", "empty dictionary"),
        ("{'a': 3}", "a distribution such as normal"),
        ("{3: zeros()}", "a name pattern"),
        ("{**{}}", r"\*\* cannot be part"),
        ("mixture(atom(0, 0.5))", "add up to 0.5"),
        ("mixture(atom(0, 0.7), atom(1, 0.5))", "add up to 1.2"),
        ("mixture(atom(0, 1), normal(0, 1))", "leave nothing"),
        ("atom(0, 2)", "probability"),
        ("kept(uniform(-1, 1), 0)", "at_least above 0"),
        ("kept(uniform(-1, 1))", "kept cannot take"),
        ("kept(3, 1)", "a distribution such as"),
        ("10 ** 10 ** 10", "small powers"),
        ("normal(0, 1 / 0)", "calculates with"),
        ("normal(0, 'a')", "needs a number"),
        ("normal(0, sqrt(-1))", "not a real number"),
        ("normal(0, (-8) ** 0.5)", "must be a number"),
        ("__import__('os').system('true')", "not part of a declaration"),
        ("normal.__class__", "not part of a declaration"),
        ("[normal(0, 1) for _ in ()]", "not part of a declaration"),
        ("normal(", "cannot be read as a declaration"),
        ("kept(" * 20 + "normal(0,1)" + ", 1)" * 20, "nests deeper"),
        ("x" * 20_000, "20,000 characters"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        expects.parse(text)


@pytest.mark.parametrize("code", ["\n\nexpects = foo(3)", "x = 1\n\ny.expects = normal(0, -1)", "x = (\n\n) = 2 +\n"])
def test_a_malformed_declaration_in_code_names_its_line(code: str) -> None:
    with pytest.raises(ValueError, match=r"^line [234]\b.*(write|mend|must)"):
        expects.find(code)


def test_a_declaration_must_fit_its_tensor() -> None:
    for text, says in (
        ("xavier_uniform()", "two axes"),
        ("kept(orthogonal(), 0.1)", "uniform, normal and trunc_normal"),
        ("atom(0, 0.5)", "leaves a share open"),
        ("kept(default(), 1)", "cannot be part of a mixture"),
    ):
        spec = expects.parse(text).of("w")
        assert spec is not None
        with pytest.raises(ValueError, match=says):
            promise_declared(spec, (8,) if "xavier" in text else (8, 4))


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_is_a_declaration_or_gets_one_sentence(text: str) -> None:
    for read in (expects.parse, expects.find):
        try:
            read(text)
        except ValueError as error:
            assert "\n" not in str(error)  # noqa: PT017 (only where one is raised)


def test_the_words_are_functions_too() -> None:
    declared = {"*.weight": expects.kept(expects.uniform(-10, 10), 5), "*.bias": expects.zeros()}
    assert expects.expectations(declared) == expects.parse('{"*.weight": kept(uniform(-10, 10), 5), "*.bias": zeros()}')
    with pytest.raises(ValueError, match="a distribution such as"):
        expects.expectations(3)
