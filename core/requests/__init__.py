"""What can be asked about a model at two moments, and the record that answers: the whole interface to a worker.

A new measurement is one request in a file here and one function in the file of the same name in `core.answers`.
No torch: the server imports this.
"""

from typing import Any

from core.requests import custom, model, theory, tying
from core.requests.base import Reply_co, Request
from core.requests.custom import GetOwnFiles, GetReading, GetSourceReading
from core.requests.model import (
    GetAccess,
    GetCards,
    GetChanges,
    GetDetail,
    GetDistance,
    GetOverview,
    GetPreview,
    GetPrinted,
    GetTree,
    GetValues,
    GetWeights,
    Overview,
)
from core.requests.theory import Choice, GetComparison, GetGallery, GetIdentity, GetTheory, GetVerdict
from core.requests.tying import (
    GetChangedCells,
    GetEvidence,
    GetMisconceptions,
    GetSharing,
    GetSurvival,
    GetTwins,
    GetUseGradients,
)

__all__ = [
    "REQUESTS",
    "Choice",
    "GetAccess",
    "GetCards",
    "GetChangedCells",
    "GetChanges",
    "GetComparison",
    "GetDetail",
    "GetDistance",
    "GetEvidence",
    "GetGallery",
    "GetIdentity",
    "GetMisconceptions",
    "GetOverview",
    "GetOwnFiles",
    "GetPreview",
    "GetPrinted",
    "GetReading",
    "GetSharing",
    "GetSourceReading",
    "GetSurvival",
    "GetTheory",
    "GetTree",
    "GetTwins",
    "GetUseGradients",
    "GetValues",
    "GetVerdict",
    "GetWeights",
    "Overview",
    "Reply_co",
    "Request",
]

#: Every request by name: what a worker may be asked.
REQUESTS: dict[str, type[Request[Any]]] = {
    kind.__name__: kind
    for topic in (model, custom, theory, tying)
    for kind in vars(topic).values()
    if isinstance(kind, type) and issubclass(kind, Request) and kind is not Request
}
