"""Nodes and weights for sums that stand for integrals, against NumPy's, which asks LAPACK for them."""

import subprocess
import sys

import numpy as np
import pytest

from core.theory.quadrature import legendre


@pytest.mark.parametrize("n", [2, 3, 7, 64, 240, 241])
def test_the_nodes_and_weights_are_gausss(n: int) -> None:
    nodes, weights = legendre(n)
    expected_nodes, expected_weights = np.polynomial.legendre.leggauss(n)
    np.testing.assert_allclose(nodes, expected_nodes, rtol=0, atol=3e-16)
    np.testing.assert_allclose(weights, expected_weights, rtol=0, atol=2e-14)


def test_polynomials_are_integrated_exactly() -> None:
    nodes, weights = legendre(5)
    for degree in range(10):
        assert float(weights @ nodes**degree) == pytest.approx(2 / (degree + 1) if degree % 2 == 0 else 0, abs=1e-14)


def test_a_verdict_starts_no_lapack() -> None:
    code = (
        "import numpy.linalg._linalg as linalg\n"
        "def refused(*_, **__): raise AssertionError('LAPACK was asked')\n"
        "linalg.eigvalsh = refused\n"
        "from core.recipe.schemes.distribution import Part\n"
        "from core.theory.parts import points\n"
        "print(points(Part(1.0, 'norm', (), 0.0, 1.0))[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0.0", done.stderr
