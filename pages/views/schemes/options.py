"""Choosing the options and the seed of a scheme of `torch.nn.init`, and how its name and formula are written."""

import re

from streamlit.delta_generator import DeltaGenerator

from core import text
from core.recipe.schemes.scheme import Option, Scheme, Value
from core.recipe.schemes.table import SCHEMES
from core.recipe.typed_ratio import typed_ratio
from pages.frame import state
from pages.views.schemes import seeds

#: Pixels of a field: wide enough for every choice and for any usual number.
_CHOICE, _NUMBER = 172, 100

Options = tuple[tuple[str, Value], ...]


def title(name: str) -> str:
    """Its usual name and torch's."""
    return f"{SCHEMES[name].title} · {SCHEMES[name].function}"


def short_title(name: str) -> str:
    """Its usual name without the second name of its author, for a narrow column."""
    return re.sub(r" \(.*?\)", "", SCHEMES[name].title)


def formula(scheme: Scheme) -> str:
    """The parts of a formula one below the other, so that none is cut off in a narrow column."""
    lines = scheme.formula.replace(r",\quad ", r" \\ ")
    return rf"\begin{{gathered}}{lines}\end{{gathered}}"


def draw(scheme: Scheme, row: DeltaGenerator, *, key: str, seed_key: str) -> None:
    """Fields for the scheme's options and, where something is random, its seed, side by side in a row that wraps."""
    for option in scheme.options:
        _field(option, row, _widget(scheme, option, key))
    if scheme.random:
        seeds.choose(row, seed_key, width=_NUMBER)


def read(scheme: Scheme, *, key: str, seed_key: str) -> tuple[Options, int]:
    """What the fields hold now: the options, and the seed, 0 where nothing is random.

    Raises:
        ValueError: a field for a number holds none.
    """
    options = tuple((option.name, _value(option, _widget(scheme, option, key))) for option in scheme.options)
    return options, seeds.read(seed_key) if scheme.random else 0


def _widget(scheme: Scheme, option: Option, key: str) -> str:
    return f"{key}_{scheme.name}_{option.name}"


def _field(option: Option, place: DeltaGenerator, widget: str) -> None:
    """A list of choices, or a line of text: a browser's field for numbers makes 15 of 1,5 and nothing of 5/3."""
    if option.choices:
        place.selectbox(option.name, option.choices, key=widget, help=option.help, bind="query-params", width=_CHOICE)
    else:
        place.text_input(
            option.name, _default(option), key=widget, help=option.help, bind="query-params", width=_NUMBER
        )


def _default(option: Option) -> str:
    return f"{option.default:g}" if isinstance(option.default, int | float) else option.default


def _value(option: Option, widget: str) -> Value:
    held = state.field(widget).get()
    if option.choices:
        return held if held in option.choices else option.default
    try:
        number = typed_ratio(_default(option) if held is None else held)
    except ValueError as error:
        raise ValueError(f"in the field {text.plain(option.name)}, {error}") from None
    return int(number) if isinstance(option.default, int) and number.is_integer() else number
