"""What draws from no seed is told from the text of code alone."""

import pytest

from core.recipe.unseeded import unseeded
from tests.custom import GOOD


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import numpy as np\nrng = np.random.default_rng()", "default_rng()"),
        ("np.random.RandomState( )", "RandomState( )"),
        ("torch.seed()", "torch.seed()"),
        ("secrets.randbits(8)", "secrets.randbits"),
        ("rng = np.random.default_rng(0)\ntorch.manual_seed(3)\nrandom.seed(1)\nnp.random.seed(2)", ""),
        (GOOD, ""),
    ],
)
def test_what_draws_from_no_seed_is_found_in_the_text(code: str, found: str) -> None:
    assert unseeded(code) == found
