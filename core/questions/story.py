"""Who wrote a tensor: its story, observed while the model was built and its recipe carried out."""

from dataclasses import dataclass, field
from typing import Literal

from ..recipe.numbers import Count, Shape, Whole
from ..recipe.words import Name, Words
from .base import Request

StoryKind = Literal[
    "drawn", "default", "filled", "copied", "transformed", "loaded", "written", "never written", "unseen"
]
#: An argument of a call.
Plain = bool | Whole | float | Words | None


@dataclass(frozen=True, slots=True)
class Story:
    """The last write to a tensor, and the writes before it.

    Attributes:
        kind: *drawn* at random; *default*: by a torch module's own `reset_parameters`; *filled* with given values;
            *copied* from another tensor; *transformed*: computed from what was there; *loaded* from a state dict;
            *written* by a forward pass, by training or past torch, as NumPy does; *never written*: memory as it was
            found; *unseen*: nobody looked.
        function: what wrote, such as `kaiming_normal_`, `reset_parameters`, `mul_`, `copy_`; "" where nothing did.
        owner: the class whose default it is, or None; arguments: those of `function`, by name.
        source: the qualified name of what was copied or loaded, or the file it was loaded from, None where it has none;
            source_part: which part of it.
        line: file and line of the author's own code, `net.py:12`; "" where no code of theirs made the call.
        step: 0 for the build, 1 for the recipe's first step.
        shape, dtype: of the tensor that was written to, as it was then; part: which part of it, such as `[0, 2:4]`, ""
            for all of it.
        turned: whether that tensor's elements have another order than this one's, as a transpose's have.
        times: how often it was written; earlier: the stories before this one, oldest first, which hold none themselves.
        of: the story, as it was then, of what was copied or loaded.
        unwritten: how many of its elements hold memory as it was found, where indices or masks say what was written, or
            it was computed from such memory; None where the parts of the writes tell.
        draw: a number that is the same for all values of one draw, where some stand in the tensor more than once; else
            "".
    """

    kind: StoryKind
    function: Words = ""
    owner: Words | None = None
    arguments: dict[Name, Plain] = field(default_factory=dict)
    source: Name | None = None
    source_part: Words = ""
    line: Words = ""
    step: Count = 0
    shape: Shape | None = None
    dtype: Words = ""
    part: Words = ""
    turned: bool = False
    times: Count = 1
    earlier: tuple["Story", ...] = ()
    of: "Story | None" = None
    unwritten: Count | None = None
    draw: Words = field(default="", compare=False)

    @property
    def left(self) -> tuple["Story", ...]:
        """The writes that left the values there are: the last one that set them all, and those after it."""
        writes = (*self.earlier, self)
        last = max((place for place, write in enumerate(writes) if write.sets_all), default=0)
        return writes[last:]

    @property
    def sets_all(self) -> bool:
        """Whether it left nothing of what was there before."""
        computed = self.kind == "transformed" and not self.function.endswith("_")
        return not self.part and (computed or self.kind in ("drawn", "default", "filled", "copied", "loaded"))

    @property
    def taken_from(self) -> str:
        """What was copied or loaded: `qkv.weight[:64]`; "" where it has no name."""
        return f"{self.source}{self.source_part}" if self.source else ""

    @property
    def is_put_here(self) -> bool:
        """Whether several operations computed it elsewhere, so that its story is the last one's, with which `of` ends.

        No arguments alone say nothing: `neg` and `abs` take none.
        """
        of = self.of
        return not self.arguments and of is not None and bool(of.earlier) and self.function == of.function


#: Of a tensor at which nobody looked.
UNSEEN = Story("unseen", times=0)


@dataclass(frozen=True)
class Unwritten:
    """The tensors that hold memory as it was found, in whole or in part, by qualified name."""

    names: tuple[Name, ...]


@dataclass(frozen=True)
class GetUnwritten(Request[Unwritten]):
    """Which tensors of the model hold, at the later moment, what no seed and no script repeats."""

    reply = Unwritten


@dataclass(frozen=True)
class GetStory(Request[Story]):
    """Who wrote the tensor of that name, at the later moment."""

    name: str
    reply = Story
