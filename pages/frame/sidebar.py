"""The sidebar: which model, what was done to it, which moments are compared, and how to take it along."""

from dataclasses import replace

import streamlit as st

from core import text
from core.questions.model import GetWeights, Overview
from core.recipe import catalog
from core.recipe.arguments import Argument
from core.recipe.catalog import CODE, MODELS, Model
from core.recipe.checkpoint_name import file_of
from core.recipe.headlines import headline
from core.recipe.link import MAX_LINK
from core.recipe.recipe import Recipe, explanation
from core.recipe.script import to_script
from core.recipe.steps import MAX_SEED, Forward
from core.recipe.typed_number import typed_number
from core.recipe.typed_whole import typed_whole
from pages.frame import isolation, look, own_files, recipe_steps, session, state, trouble
from pages.frame.engine import answer_later
from pages.frame.recipe_file import recipe_file
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
        look.choose_size()
        isolation.draw()


def _model(recipe: Recipe) -> None:
    entry = _entry(recipe)
    same = {recipe.model, entry.checkpoint.name if entry.checkpoint else ""}  # a link may call the file otherwise
    models = {name: model for name, model in catalog.known().items() if name not in same}
    models[recipe.model] = entry
    state.MODEL.put(recipe.model)
    st.selectbox(
        "Model",
        list(models),
        format_func=lambda name: text.plain(models[name].title),
        key=state.MODEL.key,
        on_change=_choose_model,
        filter_mode=None,
    )
    with st.container(key="teaches"):
        st.caption(MODELS[entry.name].teaches if entry.name in MODELS else text.markdown(entry.teaches))
    given = dict(recipe.arguments)
    with st.expander("Arguments and seed", icon=":material/tune:"):
        columns = st.columns(2)
        for index, argument in enumerate(entry.arguments):
            widget = state.argument(argument.name)
            widget.put(_shown(given[argument.name]))
            with columns[index % 2]:
                _argument(argument, widget.key)
        state.SEED.put(str(recipe.seed))
        with columns[len(entry.arguments) % 2]:
            _argument(Argument("seed", recipe.seed), state.SEED.key)


def _entry(recipe: Recipe) -> Model:
    return _YOURS if recipe.source is not None else catalog.entry(recipe.model)


def _argument(argument: Argument, key: str) -> None:
    label = argument.name
    if argument.choices:
        st.selectbox(label, argument.choices, key=key, help=argument.help, on_change=_choose_arguments)
    elif isinstance(argument.default, bool):
        st.toggle(label, key=key, help=argument.help or None, on_change=_choose_arguments)
    else:
        st.text_input(label, key=key, help=argument.help or None, max_chars=200, on_change=_choose_arguments)


def _shown(value: bool | float | str) -> bool | str:
    return value if isinstance(value, bool) else str(value)


def _chosen(argument: Argument) -> bool | float | str:
    """What the field of an argument holds; ValueError where it is to hold a number and does not."""
    held = state.argument(argument.name).get()
    if isinstance(argument.default, bool | str) or isinstance(held, bool):
        return held
    if isinstance(argument.default, int):
        low = -MAX_SEED if argument.low is None else argument.low
        return typed_whole(held, argument.name, low, MAX_SEED if argument.high is None else argument.high)
    return float(typed_number(held, finite=True))


def _choose_model() -> None:
    session.open_model(state.MODEL.get())


def _choose_arguments() -> None:
    recipe = session.current()
    try:
        arguments = tuple((argument.name, _chosen(argument)) for argument in _entry(recipe).arguments)
        seed = typed_whole(state.SEED.get(), "seed", 0, MAX_SEED)
        session.propose(replace(recipe, seed=seed, arguments=arguments))
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
    st.markdown("**Recipe**")
    with st.container(horizontal=True, gap="xsmall"):
        for title, icon, go, possible, hint in (
            ("Undo", "undo", session.undo, state.PAST.get() or recipe.steps, "Back to before the last change"),
            ("Redo", "redo", trouble.redo, state.FUTURE.get(), "Forward again"),
            ("Start over", None, session.start_over, recipe.steps, "Back to the model as it is built; Undo returns"),
        ):
            st.button(
                title,
                icon=icon and f":material/{icon}:",
                key=title.lower().replace(" ", "_"),
                on_click=go,
                disabled=not possible,
                type="tertiary",
                help=hint,
            )
    if session.is_example():
        _example(recipe)
    recipe_steps.draw(recipe)


def _example(recipe: Recipe) -> None:
    """Say that what is there at first was done by nobody, and how to begin without it."""
    done = " and ".join(text.code(headline(step)) for step in recipe.steps)
    st.markdown(f"Example: {done} was applied.")
    st.button("Start bare", key="start_bare", on_click=session.start_over, width="stretch")


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
            _share(recipe, page)
        with st.popover("Download", icon=":material/download:", width="stretch"):
            _downloads(recipe)


def _share(recipe: Recipe, page: str) -> None:
    """The address that opens the same, or where it would be too long, the file that does; and a file to be opened."""
    address = session.shared_link(page)
    if address is None:
        st.caption(
            f"This recipe is too long for an address: browsers and proxies refuse one of more than {MAX_LINK:,} "
            "characters. Its file opens the same model with the same bytes, here or wherever Paramscope runs."
        )
        _recipe_download(recipe, key="share_file")
    else:
        st.caption("This address opens the same model with the same bytes in any browser.")
        st.code(address, language=None, wrap_lines=True)
    recipe_file(session.open_file, key="recipe_file")


def _recipe_download(recipe: Recipe, *, key: str) -> None:
    st.download_button(
        "Recipe (.json)",
        recipe.to_json(),
        f"{file_of(recipe.model)}.json",
        "application/json",
        on_click="ignore",
        width="stretch",
        key=key,
    )


def _downloads(recipe: Recipe) -> None:
    st.download_button(
        "Script (.py)",
        lambda: to_script(recipe),
        f"{file_of(recipe.model)}.py",
        "text/x-python",
        on_click="ignore",
        width="stretch",
    )
    _recipe_download(recipe, key="download_recipe")
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
