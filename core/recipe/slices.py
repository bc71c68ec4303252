"""Which part of a tensor: along each axis a start, a stop and a step. Without torch."""

from dataclasses import dataclass
from math import gcd, prod

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Places:
    """Places along one axis: start, start + step, … below stop.

    Equal places are equal records: `stop` stands right behind the last place, the step of a single place is 1, and no
    places are 0, 0, 1.
    """

    start: int
    stop: int
    step: int = 1

    def __post_init__(self) -> None:
        """Check that it counts upward from 0 or more, and spell it in the one way."""
        if self.start < 0 or self.step < 1:
            raise ValueError(f"{self.start}:{self.stop}:{self.step} does not count upward from 0 or more")
        count = max(0, -(-(self.stop - self.start) // self.step))
        start, step = (self.start if count else 0), (self.step if count > 1 else 1)
        object.__setattr__(self, "stop", start + (count - 1) * step + 1 if count else 0)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "step", step)

    def __len__(self) -> int:
        """How many places."""
        return len(range(self.start, self.stop, self.step))

    def meets(self, other: "Places") -> "Places":
        """The places that both have."""
        common = gcd(self.step, other.step)
        if not len(self) or not len(other) or (other.start - self.start) % common:
            return Places(0, 0)
        period = self.step // common * other.step
        turns = (other.start - self.start) // common * pow(self.step // common, -1, other.step // common)
        first = self.start + turns % (other.step // common) * self.step
        first += max(0, -(-(max(self.start, other.start) - first) // period)) * period
        return Places(first, min(self.stop, other.stop), period)

    def without(self, other: "Places") -> list["Places"]:
        """The places that the other does not have, in as many records as it takes."""
        both = self.meets(other)
        if not len(both):
            return [self] if len(self) else []
        between = (
            Places(first, both.stop, both.step)
            for first in range(both.start + self.step, min(both.start + both.step, both.stop), self.step)
        )
        around = (Places(self.start, both.start, self.step), Places(both.stop - 1 + self.step, self.stop, self.step))
        return [places for places in (around[0], *between, around[1]) if len(places)]

    @classmethod
    def read(cls, text: str, size: int) -> "Places":
        """What `as_text` writes, along an axis of that size; raises ValueError where it is none."""
        if ":" not in text:
            return cls(int(text), int(text) + 1)
        start, stop, *step = text.strip().split(":")
        return cls(int(start or 0), int(stop or size), int(step[0]) if step else 1)

    def as_text(self, size: int | None = None) -> str:
        """As it is written between brackets; `:` where it is the whole of an axis of that size."""
        if len(self) == 1:
            return f"{self.start}" if size != 1 else ":"
        start = str(self.start) if self.start else ""
        stop = "" if size is not None and self.stop == size - (size - 1 - self.start) % self.step else str(self.stop)
        return f"{start}:{stop}{f':{self.step}' if self.step > 1 else ''}"


@dataclass(frozen=True)
class Box:
    """Part of a tensor: the elements whose place along every axis is in that axis's places; () of a single number."""

    places: tuple[Places, ...]

    @classmethod
    def whole(cls, shape: Shape) -> "Box":
        """All of a tensor of that shape."""
        return cls(tuple(Places(0, size) for size in shape))

    @classmethod
    def read(cls, text: str, shape: Shape) -> "Box | None":
        """What `as_text` writes, of a tensor of that shape; None where a text is none of that kind."""
        if not text:
            return cls.whole(shape)
        try:
            places = [Places.read(cut, size) for cut, size in zip(text.strip("[]").split(","), shape, strict=False)]
        except ValueError:
            return None
        return cls((*places, *(Places(0, size) for size in shape[len(places) :]))).clipped(shape)

    @property
    def shape(self) -> Shape:
        """How many places along each axis."""
        return tuple(len(places) for places in self.places)

    @property
    def numel(self) -> int:
        """How many elements."""
        return prod(self.shape)

    @property
    def index(self) -> tuple[slice, ...]:
        """What indexes an array or a tensor: `tensor[box.index]` has the box's shape."""
        return tuple(slice(places.start, places.stop, places.step) for places in self.places)

    def clipped(self, shape: Shape) -> "Box":
        """What of it lies inside a tensor of that shape."""
        return self & Box.whole(shape)

    def __and__(self, other: "Box") -> "Box":
        """The elements that both have; one without elements where there are none."""
        return Box(tuple(mine.meets(others) for mine, others in zip(self.places, other.places, strict=True)))

    def minus(self, other: "Box") -> list["Box"]:
        """The elements that the other does not have, as boxes that do not meet."""
        both = self & other
        if not both.numel:
            return [self] if self.numel else []
        return [
            Box((*both.places[:axis], rest, *self.places[axis + 1 :]))
            for axis, (mine, others) in enumerate(zip(self.places, other.places, strict=True))
            for rest in mine.without(others)
        ]

    def holds(self, inner: "Box") -> bool:
        """Whether every element of the other is one of these."""
        return not inner.minus(self)

    def as_text(self, shape: Shape) -> str:
        """As it is written behind the name of a tensor of that shape: `[0]`, `[2:4, :3]`; "" of the whole."""
        if self == Box.whole(shape):
            return ""
        texts = [places.as_text(size) for places, size in zip(self.places, shape, strict=True)]
        while texts[-1:] == [":"]:
            texts.pop()
        return f"[{', '.join(texts)}]"
