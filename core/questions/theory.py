"""What a tensor's values should be, beside what they are."""

from dataclasses import dataclass
from typing import Literal

from ..recipe.steps import Options, Where
from .arrays import Float64s
from .base import Request
from .tensor import Card

#: From worst to best; *no theory* where nothing is claimed of the tensor.
VerdictKind = Literal["violates", "inconsistent", "cannot tell", "consistent", "no theory"]


@dataclass(frozen=True, slots=True)
class Curve:
    """A distribution as it is drawn over a histogram.

    Attributes:
        x: (n,), increasing; density: (n,), at each x, per unit of x. Empty where the distribution has atoms only.
        atoms: (value, probability) of each single value that has one.
        label: the distribution in a few characters, such as `U(−0.7071, 0.7071)`.
    """

    x: Float64s
    density: Float64s
    atoms: tuple[tuple[float, float], ...]
    label: str


@dataclass(frozen=True, slots=True)
class Fans:
    """How many inputs an output sums and how many outputs an input reaches, by torch and in truth.

    Attributes:
        torch: fan-in and fan-out as `torch.nn.init` computes them, None where it refuses (fewer than two axes).
        true: the same in the layer's computation; None where the layer is not known or it has no such thing.
        arithmetic: lines with the real numbers, such as `fan_in = size(1) · k = 16 · 25 = 400`.
        note: one sentence where the two differ or a fan-based scheme means something else here; "" else.
    """

    torch: tuple[int, int] | None
    true: tuple[float, float] | None
    arithmetic: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a tensor's values are what its theory says.

    Attributes:
        kind: *violates* is certain; *inconsistent* is improbable, adjusted for the model's tensors, and large enough
            to name; *cannot tell* means that even a std wrong by half could go unnoticed in so few values.
        sentence: the finding with its numbers.
        p: smallest adjusted p-value of the tests made; None where nothing is left to chance.
        lamps: what else a look at the values says, a sentence each: equal rows, rank, negative zeros.
    """

    kind: VerdictKind
    sentence: str
    p: float | None = None
    lamps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a tensor's values should be.

    Attributes:
        label: the distribution in a few characters; curve: how it is drawn.
        algebra: lines with the real numbers, such as
            `bound = gain · sqrt(6 / (fan_in + fan_out)) = 1 · sqrt(6 / (4 + 8)) = 0.7071`.
        mean, std: of a value; support: smallest and largest possible value, None where there is no such bound.
    """

    label: str
    curve: Curve
    algebra: tuple[str, ...]
    mean: float
    std: float
    support: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class TensorTheory:
    """One tensor at the later moment: where its values come from, what they should be, and whether they are.

    Attributes:
        name: the name asked for; numel: elements, 0 while uninitialized; tied_with: its other names.
        source: a few words, `PyTorch's default of Linear` or `step 2: kaiming_normal`; a sentence why there is no
            theory where `expected` is None. step: index of the step that drew or changed it last, None for the build.
        mean, std: of the values, std about the expected mean; None without finite values.
        fans: None for a tensor without a shape.
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: str
    numel: int
    tied_with: tuple[str, ...]
    source: str
    step: int | None
    expected: Expected | None
    mean: float | None
    std: float | None
    verdict: Verdict
    fans: Fans | None


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One distinct tensor in a model's table, under its first name; see `TensorTheory`."""

    name: str
    shape: tuple[int, ...] | None
    numel: int
    tied_with: tuple[str, ...]
    source: str
    label: str
    expected_std: float | None
    std: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """A model's verdict, the worst of its tensors', and the table behind it; tied tensors are one row.

    Attributes:
        kind: *cannot tell* only where no tensor says more; sentence: how many of which kind; rows: in model order.
    """

    kind: VerdictKind
    sentence: str
    rows: tuple[VerdictRow, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known initialization, and whether a tensor could be one.

    Attributes:
        code: as it is called, `nn.init.kaiming_uniform_(w, a=5 ** 0.5)`; title: its usual name; label: what it
            gives for this shape. kind: *consistent*, *cannot tell* (not ruled out, too few values), or ruled out:
            *violates* or *inconsistent*; *no theory* where torch refuses the shape.
        reason: one line with the numbers.
    """

    code: str
    title: str
    label: str
    kind: VerdictKind
    reason: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which known initializations a tensor is consistent with.

    Attributes:
        sentence: the finding; candidates: first those that fit, best p-value first, then those ruled out.
    """

    name: str
    sentence: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """One scheme drawn on a copy of a tensor.

    Attributes:
        scheme: name in `SCHEMES`; options: complete; code: as it is called, with its seed.
        refusal: why torch refuses, None when it does not; the fields after it are None then.
        card: the draw alone (`before` is None, `pictures` are (None, the draw)); its histogram has one array of counts
            over edges that all draws of this tensor share.
    """

    scheme: str
    title: str
    options: tuple[tuple[str, bool | int | float | str], ...]
    seed: int
    code: str
    refusal: str | None
    card: Card | None
    expected: Expected | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Schemes side by side on one tensor; `limit` is the largest magnitude of any: one end of a shared color scale."""

    name: str
    shape: tuple[int, ...]
    limit: float
    draws: tuple[Draw, ...]


@dataclass(frozen=True)
class Choice:
    """A scheme with its options, and the seed to draw it with."""

    scheme: str
    options: Options = ()
    seed: int = 0


@dataclass(frozen=True)
class GetTheory(Request[tuple[TensorTheory, ...]]):
    """What the named tensors should be and whether they are, one record a name."""

    names: tuple[str, ...]
    reply = tuple[TensorTheory, ...]


@dataclass(frozen=True)
class GetVerdict(Request[ModelVerdict]):
    """The verdict on the whole model, with a row for each distinct tensor."""

    reply = ModelVerdict


@dataclass(frozen=True)
class GetIdentity(Request[Identity]):
    """Which known initializations the tensor of that name is consistent with."""

    name: str
    reply = Identity


@dataclass(frozen=True)
class GetComparison(Request[tuple[Drawn, ...]]):
    """At most four schemes, each drawn into a copy of a place; a record for each of the place's first `shown` tensors.

    A draw has the bytes that an initialize step of that scheme, place and seed would give.
    """

    where: Where
    choices: tuple[Choice, ...]
    shown: int = 8
    cells: int = 96
    reply = tuple[Drawn, ...]


@dataclass(frozen=True)
class GetGallery(Request[Drawn]):
    """Every scheme with its default options, drawn with `seed` on a copy of the tensor of that name."""

    name: str
    seed: int = 0
    cells: int = 96
    reply = Drawn
