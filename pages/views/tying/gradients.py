"""What each use of one Parameter contributes to its gradient, and that `.grad` is their sum."""

from itertools import combinations

import numpy as np
import pandas as pd
import streamlit as st

from core import text
from core.engine.errors import EngineError
from core.figures.tying import use_gradients_film
from core.questions.sharing import GetUseGradients, SharedTensor, UseGradients
from core.recipe.step_code import gradient_code
from pages.components.film import film
from pages.frame import session
from pages.frame.engine import ask
from pages.views.tying import asked, choice, facts, ties, words

_SEED = 0
_ORTHOGONAL = 0.1  # a cosine that is nearly none


def draw() -> None:
    """One Parameter's gradient, use by use."""
    sharing = asked.sharing()
    used = [shared for shared in sharing.shared if shared.uses]
    if not used:
        facts.remarks(sharing)
        if not sharing.note:
            ties.nothing(
                "No parameter of this model is used more than once in a forward pass: each gradient has one part."
            )
        return
    with st.container(border=True):
        shared = choice.choose(used)
        name = _parameter(shared)
        try:
            measured = ask(GetUseGradients(name, seed=_SEED), session.end_span())
        except EngineError as error:
            st.info(text.markdown(text.sentence(str(error))), icon=":material/info:")
            return
        film(use_gradients_film(measured, words.places(tuple(use.use for use in measured.uses))), "use_gradients")
        st.markdown(_sum_sentence(measured))
        if measured.hooks:
            st.caption(_hooks_sentence(measured))
        _uses(measured)
        st.code(gradient_code(name, session.current(), _SEED), language="python", wrap_lines=True)


def _parameter(shared: SharedTensor) -> str:
    """Parameters over one storage have gradients of their own: choose one."""
    if shared.optimizer_slots < 2:
        return shared.names[0]
    return st.selectbox(
        "Parameter", shared.names, format_func=text.plain, key="gradient_of", bind="query-params", width=420
    )


def _sum_sentence(measured: UseGradients) -> str:
    """The sum is what `.grad` holds, said with its numbers."""
    compared = ".grad" if measured.additive else "given"
    error = f"max |sum − {compared}| = **{text.number(measured.largest_error, 3)}** in {text.markdown(measured.dtype)}"
    if len(measured.uses) == 1:
        return f"One use, so its part is the whole gradient: norm {text.number(measured.grad_norm, 3)}; {error}."
    norms = [use.norm for use in measured.uses]
    cosines = [float(measured.cosines[pair]) for pair in combinations(range(len(norms)), 2)]
    finite = [cosine for cosine in cosines if np.isfinite(cosine)]
    if len(norms) == 2:
        parts = f"The uses contribute norms **{text.number(norms[0], 3)}** and **{text.number(norms[1], 3)}**"
        angle = f" at cosine **{text.number(cosines[0], 2)}**"
    else:
        parts = f"The {len(norms)} uses contribute norms from **{text.number(min(norms), 3)}** to "
        parts += f"**{text.number(max(norms), 3)}**"
        lowest, highest = min(finite, default=np.nan), max(finite, default=np.nan)
        angle = f" at cosines from **{text.number(lowest, 2)}** to **{text.number(highest, 2)}**"
    opposed = ", so they partly cancel" if finite and max(finite) < -_ORTHOGONAL else ""
    if finite and max(map(abs, finite)) <= _ORTHOGONAL:
        opposed = ", nearly orthogonal"
    total = f"their sum has norm **{text.number(measured.total_norm, 3)}** and is "
    total += "`.grad`" if measured.additive else "what its hooks are given"
    return f"{parts}{angle}{opposed}; {total}: {error}."


def _hooks_sentence(measured: UseGradients) -> str:
    """What hooks on the parameter do to these numbers."""
    hooks = text.count(measured.hooks, "hook")
    if measured.additive:
        return f"The parameter has {hooks}; what each use contributes is shown after that."
    grad = text.number(measured.grad_norm, 3)
    return (
        f"The parameter has {hooks}, acting on the sum as a whole: uses and sum are shown before that, and the norm of "
        f"`.grad` after it is {grad}."
    )


def _uses(measured: UseGradients) -> None:
    """Which use is which."""
    uses = [use.use for use in measured.uses]
    table = pd.DataFrame(
        {
            "use": list(range(1, len(uses) + 1)),
            "module": [words.place(use) for use in uses],
            "operations": [text.plain(use.operation) for use in uses],
            "reached as": [text.plain(use.name) for use in uses],
            "norm": [text.number(use.norm) for use in measured.uses],
        }
    )
    for number in range(len(uses)) if 2 < len(uses) <= 6 else range(0):
        table[f"cosine to {number + 1}"] = np.round(measured.cosines[number], 3)
    st.dataframe(table, hide_index=True, height="content" if len(table) <= 6 else 250, alt="the uses and their norms")
