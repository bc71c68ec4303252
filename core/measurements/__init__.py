"""What a measurement of a tensor or a model says, as frozen records of plain values and numpy arrays.

Nothing here imports torch: these records are all that the dashboard's server process ever sees of a model.
"""

from core.measurements.arrays import Bytes, Float64s, Floats, Integers
from core.measurements.custom import Fate, FateKind, Reading, Run, SourceReading
from core.measurements.model import (
    Access,
    Counts,
    Distance,
    File,
    ModuleNode,
    Outcome,
    Printed,
    TensorInfo,
    TensorKind,
    TiedGroup,
    TieKind,
    Touch,
)
from core.measurements.own import OwnArgument, OwnFiles, OwnInit, OwnModel
from core.measurements.tensor import (
    NAN,
    NEGATIVE_INFINITY,
    POSITIVE_INFINITY,
    Card,
    Change,
    Heatmap,
    Histogram,
    Summary,
    Values,
)
from core.measurements.theory import Curve

__all__ = [
    "NAN",
    "NEGATIVE_INFINITY",
    "POSITIVE_INFINITY",
    "Access",
    "Bytes",
    "Card",
    "Change",
    "Counts",
    "Curve",
    "Distance",
    "Fate",
    "FateKind",
    "File",
    "Float64s",
    "Floats",
    "Heatmap",
    "Histogram",
    "Integers",
    "ModuleNode",
    "Outcome",
    "OwnArgument",
    "OwnFiles",
    "OwnInit",
    "OwnModel",
    "Printed",
    "Reading",
    "Run",
    "SourceReading",
    "Summary",
    "TensorInfo",
    "TensorKind",
    "TieKind",
    "TiedGroup",
    "Touch",
    "Values",
]
