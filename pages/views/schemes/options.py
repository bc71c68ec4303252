"""Choosing the options and the seed of a scheme of `torch.nn.init`, and how its name and formula are written."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.recipe.scheme import Option, Scheme, Value
from core.recipe.schemes import SCHEMES
from pages.frame import session


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
    return options, _seed(columns[len(options) % len(columns)], seed_key) if scheme.random else 0


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


def _seed(place: DeltaGenerator, key: str) -> int:
    """By default the next seed no step uses: applying twice draws twice."""
    fresh = session.current().next_seed()
    if st.session_state.get(f"fresh_{key}") != fresh:
        st.session_state[f"fresh_{key}"] = st.session_state[key] = fresh
    seed: int = place.number_input("Seed", 0, 2**32, step=1, key=key, help="The same seed draws the same values again")
    return seed
