"""What a model's builder takes: numbers, flags and words, and which values of them are good."""

from dataclasses import dataclass

from ..text import short

_LONGEST = 200  # characters of an argument that is any word


@dataclass(frozen=True)
class Argument:
    """An argument of a builder: a number from `low` to `high`, a flag, or a word (one of `choices`, if any)."""

    name: str
    default: bool | int | float | str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


def valid(model: str, argument: Argument, value: object) -> bool | int | float | str:
    """The value as that argument of that model takes it; raises ValueError, one sentence, where it does not."""
    what = f"{argument.name} of {model}"
    if isinstance(argument.default, bool | float) or (isinstance(argument.default, str) and not argument.choices):
        return _valid_own(what, argument, value)
    if argument.choices:
        if isinstance(value, str) and value in argument.choices:
            return value
        raise ValueError(f"{what} cannot be {short(value)}; choose one of {', '.join(argument.choices)}")
    if type(value) is not int:  # a bool is an int to isinstance
        raise ValueError(f"{what} is an integer, not {short(value)}; choose one {_range(argument)}")
    if (argument.low is not None and value < argument.low) or (argument.high is not None and value > argument.high):
        raise ValueError(f"{what} cannot be {short(value)}; choose an integer {_range(argument)}")
    return value


def _valid_own(what: str, argument: Argument, value: object) -> bool | int | float | str:
    """Kinds of arguments that only the operator's models have."""
    kind = type(argument.default)
    if kind is float and type(value) in (int, float):
        return float(str(value))
    if type(value) is not kind:
        raise ValueError(f"{what} cannot be {short(value)}; it needs a {kind.__name__} such as {argument.default!r}")
    if isinstance(value, str) and len(value) > _LONGEST:
        raise ValueError(f"{what} has {len(value)} characters, more than {_LONGEST}; choose a shorter one")
    assert isinstance(value, bool | str), "the kinds that are left"  # noqa: S101 (for the checker)
    return value


def _range(argument: Argument) -> str:
    return "of your liking" if argument.low is None else f"from {argument.low} to {argument.high}"
