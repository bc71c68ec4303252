"""A recipe: the whole state of a session as one frozen value, written as JSON text."""

import json
from dataclasses import replace
from itertools import count
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ..text import short
from .catalog import CODE, resolve
from .steps import MAX_SEED, STRICT, Name, Options, Seed, Source, Step

VERSION = 1
MAX_STEPS = 200
MAX_JSON = 200_000


@dataclass(frozen=True, config=STRICT)
class Recipe:
    """A model of the catalog, its arguments, the seed it is built with, and the steps that follow.

    Attributes:
        model: name in `core.recipe.catalog.MODELS`; arguments: its arguments, completed with defaults.
        seed: `torch.manual_seed` before the build; steps: carried out in order after it.
        source: the model's own code, exactly when `model` is "code".

    Example:
        >>> from core import Train
        >>> recipe = Recipe("mlp", seed=1).then(Train(10, learning_rate=0.1))
        >>> len(recipe.steps), dict(recipe.arguments)
        (1, {'n_in': 4, 'hidden': 8, 'n_out': 1})
        >>> Recipe.from_json(recipe.to_json()) == recipe
        True
    """

    model: Name
    seed: Seed = 0
    steps: Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)] = ()
    arguments: Options = ()
    source: Source | None = None
    paramscope: Literal[1] = 1

    def __post_init__(self) -> None:
        """Complete and check the arguments."""
        if (self.model == CODE) != (self.source is not None):
            raise ValueError(f'the model "{CODE}" needs its source, and only that one has any; choose another model')
        object.__setattr__(self, "arguments", tuple(resolve(self.model, dict(self.arguments)).items()))

    @property
    def runs_code(self) -> bool:
        """Whether code that a person wrote in a browser runs when this is replayed."""
        return self.source is not None or any(step.holds_code for step in self.steps)

    def then(self, step: Step) -> Self:
        """This recipe with one more step at the end."""
        return replace(self, steps=(*self.steps, step))

    def undo(self) -> Self:
        """This recipe without its last step; without steps, itself."""
        return replace(self, steps=self.steps[:-1])

    def without(self, index: int) -> Self:
        """This recipe without the step at `index`; later steps keep their draws, since each has its own seed."""
        return replace(self, steps=self.steps[:index] + self.steps[index + 1 :])

    def prefix(self, moment: int) -> Self:
        """The recipe as it was after its first `moment` steps; 0 is the build."""
        return replace(self, steps=self.steps[:moment])

    def next_seed(self) -> int:
        """A seed no step uses yet: one more than the largest while that is a seed, else the smallest that is free."""
        used = {step.seed or 0 for step in self.steps} or {self.seed}
        return max(used) + 1 if max(used) < MAX_SEED else next(seed for seed in count() if seed not in used)

    def to_json(self) -> str:
        """The recipe as canonical JSON text: equal recipes give equal text."""
        return json.dumps(
            _ADAPTER.dump_python(self, mode="json", exclude_none=True), separators=(",", ":"), sort_keys=True
        )

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """The recipe that `text` holds; untrusted input.

        Raises:
            ValueError: one sentence that names the field and what it should be.
        """
        if len(text) > MAX_JSON:
            raise ValueError(f"the recipe has {len(text):,} characters, more than {MAX_JSON:,}")
        try:
            version = json.loads(text).get("paramscope")
        except (ValueError, AttributeError, RecursionError):
            raise ValueError("the recipe is not a JSON object; open a link or file that Paramscope wrote") from None
        if isinstance(version, int) and version > VERSION:
            raise ValueError(
                f"the recipe has version {short(version)}, this Paramscope reads {VERSION}; update Paramscope"
            )
        try:
            return _ADAPTER.validate_json(text)
        except ValidationError as error:
            raise ValueError(explanation(error)) from None


_ADAPTER = TypeAdapter(Recipe)


def explanation(error: ValueError) -> str:
    """What a ValueError has to say, in one sentence: its own, or the first of pydantic's, with where and what."""
    if not isinstance(error, ValidationError):
        return str(error)
    errors = error.errors(include_url=False, include_context=False)
    # A value that fits none of several types is reported once a type; that it is not finite says most.
    first = next((each for each in errors if each["type"] == "finite_number"), errors[0])
    if first["loc"][-1:] == ("bool",):
        first["msg"] = "Input should be a number or a word"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return message
    # Pydantic repeats the tag of a union after the index: `steps.0.edit.formula` is a person's `steps[0].formula`.
    location = [
        part
        for part, above in zip(first["loc"], ("", *first["loc"]), strict=False)
        if above != "where" and not isinstance(above, int)
    ]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    what = f"the recipe's {path[:120]}" if path else "the recipe"
    return f"{what} is not valid: {message[0].lower()}{message[1:200]}"
