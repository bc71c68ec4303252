"""Recipes whose scripts once gave other bytes, or an error: models and inits as people write them."""

from tests.recipe.scripted.meeting import MEETING_NAMES
from tests.recipe.scripted.names import NAMED_OTHERWISE
from tests.recipe.scripted.shared import SHARED_NAMES
from tests.recipe.scripted.streams import DRAWS
from tests.recipe.scripted.texts import ODD_TEXTS
from tests.recipe.scripted.types import NOT_TORCHS_OWN

INPUTS = {**NAMED_OTHERWISE, **NOT_TORCHS_OWN, **SHARED_NAMES, **MEETING_NAMES, **ODD_TEXTS, **DRAWS}
