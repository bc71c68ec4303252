"""Choosing the part of the model that a scheme is drawn into; every page that asks means the same place."""

from collections.abc import Iterable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.questions.model import Overview
from core.recipe.steps import LONGEST_NAME, OneTensor, Pattern, Subtree
from pages.frame import state
from pages.views import switch
from pages.views.schemes import seeds

Place = Subtree | Pattern | OneTensor

_PLACES = ("Modules", "Name pattern", "One tensor")
_ANY = "any type"
#: Pixels of the fields side by side, that no name of torch's is cut.
_MODULE, _TYPE, _OWN_NAME = 280, 196, 136
_PATTERN = "*.weight"


def draw(overview: Overview, head: DeltaGenerator, rest: DeltaGenerator) -> None:
    """Modules, a name pattern or one tensor: which of these is asked in `head`, and which one of them in `rest`."""
    place = switch.one_of("Where", _PLACES, key=state.PLACE.key, at=head, labeled=True)
    with rest:
        if place == "Name pattern":
            st.text_input(
                "Pattern",
                _PATTERN,
                key=state.PATTERN.key,
                bind="query-params",
                help="Of the whole name; * and ? match any letters",
            )
        elif place == "One tensor":
            tensor(overview)
        else:
            _subtree(overview)


def read(overview: Overview) -> Place:
    """What the fields hold now.

    Raises:
        ValueError: a name is too long for a step.
    """
    place = state.PLACE.get()
    if place == "Name pattern":
        pattern = state.PATTERN.get()
        return Pattern(_PATTERN if pattern is None else pattern)
    if place == "One tensor":
        return OneTensor(_held_tensor(overview))
    types = _types(overview)
    module_type = switch.held(state.MODULE_TYPE, types, types[_usual(overview, types)])
    return Subtree(
        root=switch.held(state.ROOT, nameable(overview.module_names), overview.usual.root),
        module_type="" if module_type == _ANY else module_type,
        parameter=state.PARAMETER.get() or overview.usual.parameter,
    )


def root_and_seed(overview: Overview, columns: Sequence[DeltaGenerator], key: str) -> None:
    """Fields for the module that code runs on, "" for the whole net, and a seed: the next that no step uses."""
    columns[0].selectbox(
        "Run on",
        nameable(overview.module_names),
        format_func=lambda name: text.plain(name) or "the whole net",
        key=f"{key}_root",
        bind="query-params",
    )
    seeds.choose(columns[1], f"{key}_seed")


def read_root_and_seed(overview: Overview, key: str) -> tuple[str, int]:
    """The module and the seed that the fields hold now; ValueError where one holds no seed."""
    return switch.held(state.field(f"{key}_root"), nameable(overview.module_names), ""), seeds.read(f"{key}_seed")


def tensor(overview: Overview) -> str:
    """One parameter; "" where there is none."""
    st.selectbox("Tensor", _parameters(overview), key=state.ONE_TENSOR.key, bind="query-params", format_func=text.plain)
    return _held_tensor(overview)


def nameable(names: Iterable[str]) -> list[str]:
    """Those of the names that a step can hold."""
    return [name for name in names if len(name) <= LONGEST_NAME]


def _subtree(overview: Overview) -> None:
    modules = nameable(overview.module_names)
    st.selectbox(
        "At and below",
        modules,
        index=modules.index(overview.usual.root),
        format_func=_module_label,
        key=state.ROOT.key,
        bind="query-params",
        width=_MODULE,
    )
    types = _types(overview)
    st.selectbox(
        "Of type",
        types,
        index=_usual(overview, types),
        format_func=text.plain,
        key=state.MODULE_TYPE.key,
        bind="query-params",
        width=_TYPE,
    )
    st.selectbox(
        "Parameter",
        [*dict.fromkeys((overview.usual.parameter, "weight", "bias", "*"))],
        key=state.PARAMETER.key,
        accept_new_options=True,
        bind="query-params",
        format_func=lambda name: "every one" if name == "*" else name,
        help="Its own name, or a pattern such as weight_hh*",
        width=_OWN_NAME,
    )


def _parameters(overview: Overview) -> list[str]:
    return nameable(info.name for info in overview.tensors if info.kind == "parameter")


def _types(overview: Overview) -> list[str]:
    return [_ANY, *nameable(overview.module_types)]


def _usual(overview: Overview, types: Sequence[str]) -> int:
    """Which of the types is meant at first."""
    kind = overview.usual.module_type
    return types.index(kind) if kind in types else 0


def _held_tensor(overview: Overview) -> str:
    names = _parameters(overview)
    return switch.held(state.ONE_TENSOR, names, next(iter(names), ""))


def _module_label(name: str) -> str:
    return text.plain(name) or "net"
