"""What can be asked about a model at two moments, and the record that answers: the whole interface to a worker.

A new measurement is one request in a file here and one function in the file of the same name in `core.answers`.
No torch: the server imports this.
"""

from typing import Any

from core.requests import model, tying
from core.requests.base import Reply_co, Request
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
    "GetAccess",
    "GetCards",
    "GetChangedCells",
    "GetChanges",
    "GetDetail",
    "GetDistance",
    "GetEvidence",
    "GetMisconceptions",
    "GetOverview",
    "GetPreview",
    "GetPrinted",
    "GetSharing",
    "GetSurvival",
    "GetTree",
    "GetTwins",
    "GetUseGradients",
    "GetValues",
    "GetWeights",
    "Overview",
    "Reply_co",
    "Request",
]

#: Every request by name: what a worker may be asked.
REQUESTS: dict[str, type[Request[Any]]] = {
    kind.__name__: kind
    for topic in (model, tying)
    for kind in vars(topic).values()
    if isinstance(kind, type) and issubclass(kind, Request) and kind is not Request
}
