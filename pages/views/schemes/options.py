"""Choosing the options and the seed of a scheme of `torch.nn.init`, and how its name and formula are written."""

from collections.abc import Sequence

from streamlit.delta_generator import DeltaGenerator

from core.recipe.schemes.scheme import Option, Scheme, Value
from core.recipe.schemes.table import SCHEMES
from pages.views.schemes import seeds


def title(name: str) -> str:
    """Its usual name and torch's."""
    return f"{SCHEMES[name].title} · {SCHEMES[name].function}"


def formula(scheme: Scheme) -> str:
    """The parts of a formula one below the other, so that none is cut off in a narrow column."""
    lines = scheme.formula.replace(r",\quad ", r" \\ ")
    return rf"\begin{{gathered}}{lines}\end{{gathered}}"


def choose(
    scheme: Scheme, columns: Sequence[DeltaGenerator], *, key: str, seed_key: str
) -> tuple[tuple[tuple[str, Value], ...], int]:
    """The scheme's options and its seed (0 where nothing is random), shared out over `columns`."""
    options = tuple(
        (option.name, _option(option, columns[index % len(columns)], f"{key}_{scheme.name}_{option.name}"))
        for index, option in enumerate(scheme.options)
    )
    return options, seeds.choose(columns[len(options) % len(columns)], seed_key) if scheme.random else 0


def _option(option: Option, place: DeltaGenerator, key: str) -> Value:
    if option.choices:
        choice: str = place.selectbox(option.name, option.choices, key=key, help=option.help, persist_state="session")
        return choice
    whole = isinstance(option.default, int)
    kind = int if whole else float
    value: int | float = place.number_input(
        option.name,
        None if option.low is None else kind(option.low),
        None if option.high is None else kind(option.high),
        value=kind(option.default),
        step=1 if whole else 0.1,
        format=None if whole else "%.6g",
        key=key,
        help=option.help,
        persist_state="session",
    )
    return value
