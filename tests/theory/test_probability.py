"""Distributions of a single weight against scipy, numerical integration and large samples."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from core.recipe.schemes.distribution import (
    Atom,
    Distribution,
    constant,
    mixed,
    normal,
    sphere_coordinate,
    truncated_normal,
    uniform,
)
from core.theory.curves import curve
from core.theory.parts import above, below
from core.theory.parts import density as density_of
from core.theory.probability import (
    affine,
    cdf,
    continuous,
    cut_below,
    density,
    gaps,
    moments,
    support,
    within,
)

LESSON = cut_below(uniform(-10, 10), 5)
CASES = {
    "uniform": uniform(-0.5, 0.5),
    "uniform far from zero": uniform(1000, 1000.1),
    "normal": normal(0, 0.02),
    "normal around 3": normal(3, 2),
    "truncated": truncated_normal(0, 1, -2, 2),
    "truncated on one side": truncated_normal(3, 1, -2, 2),
    "hardly truncated": truncated_normal(0, 0.02, -2, 2),
    **{f"sphere in {n} dimensions": sphere_coordinate(2.0, n) for n in (2, 3, 4, 5, 8, 100, 5000)},
    "the lesson's": LESSON,
    "a normal cut": cut_below(normal(0, 1), 0.5),
    "a truncated normal cut": cut_below(truncated_normal(0, 1, -2, 2), 1),
    "two normals": mixed((0.9, normal(0, 0.01)), (0.1, normal(0, 10))),
    "a uniform on a normal": mixed((0.5, normal(0, 1)), (0.5, uniform(-0.2, 0.3))),
    "atoms and a uniform": mixed((0.2, constant(0.0)), (0.3, constant(2.0)), (0.5, uniform(-1, 1))),
    "moved": affine(LESSON, -2, 1),
    "moved, truncated on one side": affine(truncated_normal(1, 1, 0, 5), -3, 2),
}


@pytest.mark.parametrize("distribution", CASES.values(), ids=list(CASES))
def test_a_drawn_density_and_its_atoms_make_one(distribution: Distribution) -> None:
    drawn = curve(distribution)
    total = np.trapezoid(drawn.density, drawn.x) + sum(probability for _, probability in drawn.atoms)
    infinite = distribution == CASES["sphere in 2 dimensions"]  # at its edges
    assert total == pytest.approx(1, abs=3e-3 if infinite else 1e-4)
    assert np.all(np.diff(drawn.x) > 0)
    assert np.all(np.isfinite(drawn.density))
    assert np.all(drawn.density >= 0)


def test_an_edge_is_drawn_as_a_jump_and_not_as_a_slope() -> None:
    drawn = curve(uniform(-0.5, 0.5))
    assert drawn.density[[0, 1, -2, -1]].tolist() == pytest.approx([0, 1, 1, 0])
    assert drawn.x[1] - drawn.x[0] < 1e-12


@pytest.mark.parametrize("distribution", CASES.values(), ids=list(CASES))
def test_moments_are_those_of_the_density_and_the_atoms(distribution: Distribution) -> None:
    found = moments(distribution)
    draws = [getattr(stats, part.family)(*part.shape, loc=part.loc, scale=part.scale) for part in distribution.parts]

    def moment(order: int, about: float) -> float:
        expected = [float(draw.expect(lambda x: (x - about) ** order)) for draw in draws]
        from_parts = sum(part.share * each for part, each in zip(distribution.parts, expected, strict=True))
        return from_parts + sum(atom.probability * (atom.value - about) ** order for atom in distribution.atoms)

    assert found.mean == pytest.approx(moment(1, 0.0), abs=1e-9)
    assert found.std == pytest.approx(sqrt(moment(2, found.mean)), rel=1e-6)
    assert found.kurtosis == pytest.approx(moment(4, found.mean) / moment(2, found.mean) ** 2, rel=1e-5)


@pytest.mark.parametrize("distribution", CASES.values(), ids=list(CASES))
def test_the_cdf_rises_from_0_to_1_by_the_density_and_the_atoms(distribution: Distribution) -> None:
    low, high = support(distribution)
    mean, std = moments(distribution).mean, moments(distribution).std
    low, high = max(low, mean - 40 * std), min(high, mean + 40 * std)
    assert cdf(distribution, low - std) == pytest.approx(0, abs=1e-12)
    assert cdf(distribution, high) == pytest.approx(1)
    inner = continuous(distribution)
    a, b = mean - 0.3 * std, mean + 0.7 * std
    edges = [edge for edge in (-5.0, 5.0, -0.2, 0.3, -1.0, 1.0, -9.0, 11.0) if a < edge < b]
    area, _ = integrate.quad(lambda x: float(density(inner, np.array([x]))[0]), a, b, points=edges or None, limit=200)
    assert area == pytest.approx(float(cdf(inner, b) - cdf(inner, a)), abs=1e-6)


def test_the_sphere_in_closed_forms() -> None:
    assert moments(sphere_coordinate(1, 3)).kurtosis == pytest.approx(1.8)  # Archimedes: uniform
    assert sphere_coordinate(2, 1).atoms == (Atom(-2, 0.5), Atom(2, 0.5))
    for n in (2, 3, 8, 100):
        found = moments(sphere_coordinate(3, n))
        assert found.std == pytest.approx(3 / sqrt(n))
        assert found.kurtosis == pytest.approx(3 * n / (n + 2))
    points = np.random.default_rng(0).standard_normal((20_000, 5))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    shares = cdf(sphere_coordinate(1, 5), points[:, 0])
    assert stats.kstest(shares, "uniform").pvalue > 0.001


def test_the_lessons_own_initialization() -> None:
    assert LESSON.atoms == (Atom(0.0, 0.5),)
    assert [(part.share, part.loc, part.loc + part.scale) for part in LESSON.parts] == [(0.25, -10, -5), (0.25, 5, 10)]
    assert moments(LESSON).std == pytest.approx(sqrt(175 / 6))
    assert moments(LESSON).kurtosis == pytest.approx(2.278, abs=5e-4)
    assert gaps(LESSON) == ((-5, 5),)
    assert cdf(LESSON, np.array([-10, -5, -1e-9, 0, 4, 5, 10])).tolist() == [0, 0.25, 0.25, 0.75, 0.75, 0.75, 1]


@settings(max_examples=25)
@given(st.floats(0.1, 100), st.floats(0.01, 0.99))
def test_cutting_a_uniform_in_closed_form(bound: float, cut: float) -> None:
    at_least = cut * bound
    found = cut_below(uniform(-bound, bound), at_least)
    assert found.atoms[0].probability == pytest.approx(cut)
    assert moments(found).std ** 2 == pytest.approx((bound**3 - at_least**3) / (3 * bound))


def test_cutting_keeps_all_or_nothing_where_the_threshold_lies_outside() -> None:
    assert cut_below(uniform(1, 2), 0.5).atoms == ()
    assert cut_below(uniform(-1, 1), 2).atoms == (Atom(0.0, 1.0),)
    with pytest.raises(ValueError, match="uniform, normal and trunc_normal"):
        cut_below(sphere_coordinate(1, 5), 0.1)


@settings(max_examples=25)
@given(st.floats(-10, 10).filter(lambda x: abs(x) > 0.01), st.floats(-10, 10))
def test_scaling_and_shifting_move_mean_and_std(factor: float, offset: float) -> None:
    for distribution in (LESSON, truncated_normal(1, 1, 0, 5), normal(1, 2), sphere_coordinate(1, 4)):
        before, after = moments(distribution), moments(affine(distribution, factor, offset))
        assert after.mean == pytest.approx(factor * before.mean + offset, abs=1e-9)
        assert after.std == pytest.approx(abs(factor) * before.std)
        low, high = support(distribution)
        ends = sorted((factor * low + offset, factor * high + offset))
        assert support(affine(distribution, factor, offset)) == pytest.approx(tuple(ends))


def test_the_share_within_a_reach_keeps_its_digits_far_out() -> None:
    assert 1 - within(normal(0, 1), 3) == pytest.approx(2 * stats.norm.sf(3))
    assert within(uniform(-2, 2), 1) == 0.5
    assert support(normal(0, 1)) == (-inf, inf)


@given(
    st.floats(-1e3, 1e3), st.floats(1e-6, 1e6), st.lists(st.floats(allow_nan=False, width=32), min_size=1, max_size=20)
)
def test_probabilities_are_those_of_scipy(loc: float, scale: float, at: list[float]) -> None:
    x = np.array(at)
    cases = (
        uniform(loc, loc + scale),
        normal(loc, scale),
        truncated_normal(loc, scale, loc - scale, inf),
        truncated_normal(loc, scale, loc - 2 * scale, loc + scale),
        truncated_normal(loc, scale, loc + 3 * scale, loc + 4 * scale),
        affine(sphere_coordinate(scale, 5), 1.0, loc),
    )
    for distribution in cases:
        (part,) = distribution.parts
        scipys = getattr(stats, part.family)(*part.shape, loc=part.loc, scale=part.scale)
        for own, their in ((below, scipys.cdf), (above, scipys.sf), (density_of, scipys.pdf)):
            assert own(part, x) == pytest.approx(their(x), rel=1e-9, abs=1e-13)
            assert [float(own(part, np.array(one))) for one in at] == own(part, x).tolist()


@pytest.mark.parametrize("at", [5, 12.0, 28.0, 200.0, 1e6])
def test_a_normal_cut_far_out_is_the_exponential_that_it_nears(at: float) -> None:
    """Beyond z, w - z has nearly the density z · exp(-z w), of mean 1 / z, std 1 / z, skewness 2 and kurtosis 9."""
    far = truncated_normal(0, 1, at, inf)
    found, rate = moments(far), at
    assert found.mean - at == pytest.approx(1 / rate, rel=2 / at**2 + 1e-6, abs=at * 1e-15)
    assert found.std == pytest.approx(1 / rate, rel=4 / at**2 + 1e-6)
    assert found.kurtosis == pytest.approx(9, rel=20 / at**2 + 1e-6)
    median = float(cdf(far, at + np.log(2) / rate))
    assert median == pytest.approx(0.5, abs=1 / at**2 + 1e-5)


def test_what_is_cut_beyond_all_values_leaves_one_atom() -> None:
    assert cut_below(normal(0, 0.18), 5).atoms == (Atom(0.0, 1.0),)
    assert cut_below(normal(0, 0.18), 5).parts == ()
    six = cut_below(normal(0, 1), 6)
    assert [part.share for part in six.parts] == pytest.approx([stats.norm.sf(6)] * 2, rel=1e-9)


def test_nothing_is_left_of_a_distribution_without_width() -> None:
    assert uniform(3, 3).atoms == normal(3, 0).atoms == (Atom(3, 1.0),)
    assert sphere_coordinate(0, 4).atoms == (Atom(0.0, 1.0),)
