"""What a tensor's values should be, beside what they are."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from ..recipe.numbers import Count, Finite, Shape, Whole
from ..recipe.schemes.table import SCHEMES
from ..recipe.steps import Options, Where
from ..recipe.words import Lines, Name, Words
from .arrays import Float64s
from .base import Request
from .checks import differ, finite, must
from .equal import EqualGroups, SameStart
from .story import UNSEEN, Story
from .tensor import Card

#: From worst to best; *no theory* where nothing is claimed of the tensor.
VerdictKind = Literal["violates", "inconsistent", "cannot tell", "consistent", "no theory"]


def _known(name: str) -> str:
    must(name in SCHEMES, "the scheme is one of torch.nn.init")
    return name


SchemeName = Annotated[str, AfterValidator(_known)]


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
    atoms: tuple[tuple[Finite, Finite], ...]
    label: Words

    def __post_init__(self) -> None:
        must(len(self.x) == len(self.density), "a density each x")
        finite(self.x, "places")


@dataclass(frozen=True, slots=True)
class Fans:
    """How many inputs an output sums and how many outputs an input reaches, by torch and in truth.

    Attributes:
        torch: fan-in and fan-out as `torch.nn.init` computes them, None where it refuses (fewer than two axes).
        true: the same in the layer's computation; None where the layer is not known or it has no such thing.
        arithmetic: lines with the real numbers, such as `fan_in = size(1) · k = 16 · 25 = 400`.
        note: one sentence where the two differ or a fan-based scheme means something else here; "" else.
    """

    torch: tuple[Count, Count] | None
    true: tuple[float, float] | None
    arithmetic: tuple[Words, ...]
    note: Words


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a tensor's values are what its theory says.

    Attributes:
        kind: *violates* is certain; *inconsistent* is improbable, adjusted for the model's tensors, and large enough
            to name; *cannot tell* means that even a std wrong by half could go unnoticed in so few values.
        sentence: the finding with its numbers.
        p: smallest adjusted p-value of the tests made; None where nothing is left to chance.
        lamps: what else is to be said, a sentence each: equal rows, rank, negative zeros, why an interval is so wide.
    """

    kind: VerdictKind
    sentence: Words
    p: float | None = None
    lamps: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a tensor's values should be.

    Attributes:
        label: the distribution in a few characters; curve: how it is drawn.
        algebra: lines with the real numbers, such as
            `bound = gain · sqrt(6 / (fan_in + fan_out)) = 1 · sqrt(6 / (4 + 8)) = 0.7071`.
        mean, std: of a value; support: smallest and largest possible value, None where there is no such bound.
    """

    label: Words
    curve: Curve
    algebra: tuple[Words, ...]
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
        fans: None for a tensor without a shape; story: who wrote it, observed.
    """

    name: Name
    shape: Shape | None
    dtype: Words
    numel: Count
    tied_with: tuple[Name, ...]
    source: Words
    step: Count | None
    expected: Expected | None
    mean: float | None
    std: float | None
    verdict: Verdict
    fans: Fans | None
    story: Story = UNSEEN


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One distinct tensor in a model's table, under its first name; see `TensorTheory`."""

    name: Name
    shape: Shape | None
    numel: Count
    tied_with: tuple[Name, ...]
    source: Words
    label: Words
    expected_std: float | None
    std: float | None
    verdict: Verdict
    story: Story = UNSEEN


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """A model's verdict, the worst of its tensors', and the table behind it; tied tensors are one row.

    Attributes:
        kind: *cannot tell* only where no tensor says more; sentence: how many of which kind; rows: in model order.
        equal, starts: tensors that are equal in value and not tied, and those that begin with the same numbers. They
            are no part of the verdict: a copy may be meant.
    """

    kind: VerdictKind
    sentence: Words
    rows: tuple[VerdictRow, ...]
    equal: EqualGroups = ()
    starts: tuple[SameStart, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known initialization, and whether a tensor could be one.

    Attributes:
        code: as it is called, `nn.init.kaiming_uniform_(w, a=5 ** 0.5)`; title: its usual name; label: what it
            gives for this shape. kind: *consistent*, *cannot tell* (not ruled out, too few values), or ruled out:
            *violates* or *inconsistent*; *no theory* where torch refuses the shape.
        reason: one line with the numbers.
    """

    code: Words
    title: Words
    label: Words
    kind: VerdictKind
    reason: Words


@dataclass(frozen=True, slots=True)
class Identity:
    """Which known initializations a tensor is consistent with.

    Attributes:
        sentence: the finding; candidates: first those that fit, best p-value first, then those ruled out.
    """

    name: Name
    sentence: Words
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

    scheme: SchemeName
    title: Words
    options: tuple[tuple[Name, bool | Whole | float | Name], ...]
    seed: Count
    code: Lines
    refusal: Words | None
    card: Card | None
    expected: Expected | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Schemes side by side on one tensor; `limit` is the largest magnitude of any: one end of a shared color scale."""

    name: Name
    shape: Shape
    limit: Finite
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

    def check(self, answer: Any, _moment: int, /) -> None:
        """Each is about the tensor that was asked for."""
        must(tuple(theory.name for theory in answer) == self.names, "the names are those asked for")


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

    def check(self, answer: Any, _moment: int, /) -> None:
        """Of each tensor there is a draw for each choice."""
        must(len(answer) <= self.shown, "no more tensors than asked for")
        differ((drawn.name for drawn in answer), "names of tensors")
        asked = [choice.scheme for choice in self.choices]
        must(all([draw.scheme for draw in drawn.draws] == asked for drawn in answer), "the schemes are those asked for")


@dataclass(frozen=True)
class GetGallery(Request[Drawn]):
    """Every scheme with its default options, drawn with `seed` on a copy of the tensor of that name."""

    name: str
    seed: int = 0
    cells: int = 96
    reply = Drawn

    def check(self, answer: Any, _moment: int, /) -> None:
        """There is a draw of every scheme."""
        must([draw.scheme for draw in answer.draws] == list(SCHEMES), "every scheme is drawn once")
