"""The sidebar: which model, what was done to it, which moments are compared, and how to take it along."""

from dataclasses import replace

import streamlit as st

from core import text
from core.questions.model import GetWeights, Overview
from core.recipe import catalog
from core.recipe.catalog import CODE, MODELS, Argument, Model
from core.recipe.headlines import headline
from core.recipe.recipe import Recipe, explanation
from core.recipe.script import build_code, to_script
from core.recipe.steps import Forward
from pages.frame import isolation, own_files, session, state, trouble
from pages.frame.engine import answer_later
from pages.frame.step_button import step_button

_YOURS = Model(CODE, "Your model code", "Written on the Code page; the script holds it.", (), ())


def draw(overview: Overview | None, page: str) -> None:
    """Everything that belongs to the model and its recipe; without an overview, what can be told without the model.

    `page` is the path of the one that is shown.
    """
    with st.sidebar:
        recipe = session.current()
        _model(recipe)
        own_files.draw()
        if overview is not None:
            _counts(overview)
        _recipe(recipe)
        _moments(recipe)
        _take_along(recipe, page)
        isolation.draw()


def _model(recipe: Recipe) -> None:
    models = catalog.known()
    if recipe.source is not None:
        models[recipe.model] = _YOURS
    entry = models[recipe.model]
    state.MODEL.put(recipe.model)
    st.selectbox(
        "Model",
        list(models),
        format_func=lambda name: text.plain(models[name].title),
        key=state.MODEL.key,
        on_change=_choose_model,
        filter_mode=None,
    )
    st.caption(MODELS[entry.name].teaches if entry.name in MODELS else text.markdown(entry.teaches))
    given = dict(recipe.arguments)
    with st.expander("Arguments and seed", icon=":material/tune:"):
        columns = st.columns(2)
        for index, argument in enumerate(entry.arguments):
            widget = state.argument(argument.name)
            widget.put(given[argument.name])
            with columns[index % 2]:
                _argument(argument, widget.key)
        state.SEED.put(recipe.seed)
        with columns[len(entry.arguments) % 2]:
            _argument(Argument("seed", recipe.seed, 0, 2**32), state.SEED.key)


def _argument(argument: Argument, key: str) -> None:
    label = argument.name
    if argument.choices:
        st.selectbox(label, argument.choices, key=key, help=argument.help, on_change=_choose_arguments)
    elif isinstance(argument.default, bool):
        st.toggle(label, key=key, help=argument.help or None, on_change=_choose_arguments)
    elif isinstance(argument.default, str):
        st.text_input(label, key=key, help=argument.help or None, max_chars=200, on_change=_choose_arguments)
    else:
        whole = isinstance(argument.default, int)
        st.number_input(
            label,
            argument.low,
            argument.high,
            step=1 if whole else 0.1,
            format=None if whole else "%.6g",
            key=key,
            help=argument.help,
            on_change=_choose_arguments,
        )


def _choose_model() -> None:
    session.open_model(state.MODEL.get())


def _choose_arguments() -> None:
    recipe = session.current()
    arguments = tuple((name, state.argument(name).get()) for name, _ in recipe.arguments)
    try:
        session.propose(replace(recipe, seed=state.SEED.get(), arguments=arguments))
    except ValueError as error:
        session.complain(explanation(error))


def _counts(overview: Overview) -> None:
    counts = overview.counts
    by_path = f" ({counts.by_path:,} by path)" if counts.by_path != counts.unique else ""
    lazy = sum(info.lazy for info in overview.tensors)
    waiting = f" · {text.count(lazy, 'tensor')} uninitialized" if lazy else ""
    st.markdown(
        f"**{counts.unique:,}** parameters{by_path} in {text.count(counts.tensors, 'tensor')} · "
        f"{text.count(counts.stored_bytes, 'byte')}{waiting}"
    )
    if lazy:
        step_button(
            "Run net(X) once",
            lambda: Forward(session.current().next_seed()),
            icon="play_arrow",
            key="forward",
            hint="The first forward pass gives lazy modules their shapes and draws their values",
        )


def _recipe(recipe: Recipe) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("**Recipe**", width="stretch")
        for title, go, possible, hint in (
            ("Undo", session.undo, state.PAST.get() or recipe.steps, "Back to before the last change"),
            ("Redo", trouble.redo, state.FUTURE.get(), "Forward again"),
        ):
            key = title.lower()
            st.button(
                title,
                icon=f":material/{key}:",
                key=key,
                on_click=go,
                disabled=not possible,
                type="tertiary",
                help=hint,
            )
    st.code(build_code(recipe), language="python", wrap_lines=True)
    for index, step in enumerate(recipe.steps):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", key=f"step_{index}"):
            st.markdown(f":gray[{index + 1}] {text.code(headline(step))}", width="stretch")
            st.button(
                "",
                icon=":material/close:",
                key=f"remove_{index}",
                on_click=session.remove,
                args=(index,),
                type="tertiary",
                help=f"Remove step {index + 1}",
            )


def _moments(recipe: Recipe) -> None:
    steps = len(recipe.steps)
    span = session.span()
    names = ["the build", *(f"step {index + 1}" for index in range(steps))]
    widgets = (("Before", state.MOMENT_BEFORE, span.before), ("After", state.MOMENT_AFTER, span.after))
    for column, (label, widget, moment) in zip(st.columns(2), widgets, strict=True):
        widget.put(moment)
        column.selectbox(
            label, range(steps + 1), format_func=names.__getitem__, key=widget.key, on_change=_choose_moments
        )


def _choose_moments() -> None:
    end = len(session.current().steps)
    after = state.MOMENT_AFTER.get()
    session.compare(state.MOMENT_BEFORE.get(), None if after == end else after)


def _take_along(recipe: Recipe, page: str) -> None:
    with st.container(horizontal=True, gap="small"):
        with st.popover("Share", icon=":material/link:", width="stretch"):
            st.caption("This address opens the same model with the same bytes in any browser.")
            st.code(session.shared_link(page), language=None, wrap_lines=True)
        with st.popover("Download", icon=":material/download:", width="stretch"):
            _downloads(recipe)


def _downloads(recipe: Recipe) -> None:
    st.download_button(
        "Script (.py)",
        lambda: to_script(recipe),
        f"{recipe.model}.py",
        "text/x-python",
        on_click="ignore",
        width="stretch",
    )
    st.download_button(
        "Recipe (.json)",
        recipe.to_json(),
        f"{recipe.model}.json",
        "application/json",
        on_click="ignore",
        width="stretch",
    )
    looked_at = session.span()  # the very model that the page shows, where that is the last
    weights = answer_later(GetWeights(), looked_at if looked_at.after == len(recipe.steps) else session.end_span())
    st.download_button(
        "Weights (.safetensors)",
        lambda: weights().content.tobytes(),
        "weights.safetensors",
        "application/octet-stream",
        on_click="ignore",
        width="stretch",
    )
    st.caption(
        "Weights hold the state after the last step. Load them with safetensors.torch.load_file; of tied names only "
        "the first is in the file, so load into a net that is tied the same way, with strict=False."
    )
