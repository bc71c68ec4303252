"""Questions about code that a person wrote."""

from pydantic.dataclasses import dataclass

from core.measurements.custom import Reading, SourceReading
from core.recipe.own_files import OwnFiles
from core.recipe.steps import STRICT, Code
from core.requests.base import Request


@dataclass(frozen=True, config=STRICT)
class GetReading(Request[Reading]):
    """How init code wants to be run on the later moment's model; it is read there and not run."""

    code: Code
    reply = Reading
    reads_code = True


@dataclass(frozen=True, config=STRICT)
class GetSourceReading(Request[SourceReading]):
    """What builds the model in a model's code; it is read and not run."""

    code: Code
    reply = SourceReading
    reads_code = True


@dataclass(frozen=True, config=STRICT)
class GetOwnFiles(Request[OwnFiles]):
    """What the operator's own files hold; the same about every model."""

    reply = OwnFiles
