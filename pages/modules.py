"""Where every parameter lives, and how to reach it from code."""

import streamlit as st

from core import text
from core.module.tree_rows import with_badge, with_equal
from core.questions.equal import GetEqual
from core.questions.model import GetListing, GetOverview, GetPrinted, GetTree, Overview, TreeRow
from core.questions.story import GetStory
from core.questions.tensor import Access, GetAccess, GetChangedCells
from core.recipe.step_code import sample_code
from pages.components.module_tree import module_tree
from pages.frame import navigation, session, state
from pages.frame.engine import ask
from pages.views import own_code, printed
from pages.views.tensor import cards, equal, stories

_TREE_HEIGHT = 600


def draw() -> None:
    """The tree at the left; at the right the selected module or tensor, first as the lesson prints it."""
    cards.heading("Modules", "Names jump where a module has no parameters; one tensor can stand under two names.")
    overview = ask(GetOverview())
    with st.container(key="modules"):
        tree, chosen = st.columns((9, 7), gap="medium")
    changed = {cells.name for cells in ask(GetChangedCells(limit=1), session.last_step_span())}
    tree_rows = with_badge(ask(GetTree()), changed, "changed")
    rows = {row.id: row for row in tree_rows}
    with tree:
        remembered = state.SELECTED_ROW.get()
        wanted = remembered if remembered in rows else tree_rows[0].id
        selected = module_tree(with_equal(tree_rows, ask(GetEqual()).groups), wanted, key="tree", height=_TREE_HEIGHT)
        state.SELECTED_ROW.put(selected)
    with chosen:
        row = rows.get(selected or "") or tree_rows[0]
        if row.kind == "module":
            _module(row, overview)
        else:
            _tensor(row)


def _module(row: TreeRow, overview: Overview) -> None:
    st.markdown(f"**{text.code(row.name or 'net')}** {text.markdown(row.type_name)}: {_counted(row, overview)}")
    if row.detail:
        st.markdown(f"The same module stands in several places: {text.markdown(row.detail)}.")
    listing = ask(GetListing(row.name))
    net = listing.expression
    shown = ask(GetPrinted(row.name))
    if not row.name:
        printed.draw("net(X)", shown.output)
    printed.draw(f"print({net})", shown.structure)
    own_code.note()
    printed.draw(f"print(*[(name, p.shape) for name, p in {net}.named_parameters()])", listing.parameters)
    printed.draw(f"print({net}.state_dict())", listing.state)
    if row.name:
        st.code(f"net.get_submodule({row.name!r})  # the same as {net}", language="python", wrap_lines=True)
    elif shown.inputs:
        printed.draw("X", shown.inputs, remark="the sample input, drawn by")
        st.code(sample_code(session.current()), language="python", wrap_lines=True)


def _counted(row: TreeRow, overview: Overview) -> str:
    below = [info for info in overview.tensors if not row.name or info.name.startswith(f"{row.name}.")]
    parameters = [info for info in below if info.kind == "parameter"]
    by_path = sum(info.numel for info in parameters)
    counted = f"**{row.count:,}** parameters" + (f" ({by_path:,} by path)" if by_path != row.count else "")
    buffers = text.count(len(below) - len(parameters), "buffer")
    frozen = by_path - sum(info.numel for info in parameters if info.trainable)
    said = f"{counted} in {text.count(len(parameters), 'named tensor')}, {buffers}"
    return said + (f"; {frozen:,} of these values are frozen, requires_grad is False" if frozen else "")


def _tensor(row: TreeRow) -> None:
    access = ask(GetAccess(row.name))
    info = access.info
    trainable = "trainable" if info.trainable else ("buffer" if info.kind == "buffer" else "frozen")
    st.markdown(
        f"**{text.code(info.name)}** {text.markdown(text.shape(info.shape))} "
        f"{text.markdown(info.dtype)} · {trainable} · {text.count(info.numel, 'value')}"
    )
    written = stories.line(ask(GetStory(row.name)))
    if written:
        st.markdown(written)
    if info.tied_with or row.detail:
        st.markdown(f"**Tied:** {text.markdown(row.detail)}. One tensor, several names.")
    equal.lines(row.name, equal.of().get(row.name, ()))
    printed.draw(f"print({access.expressions[0]}.data)", access.value)
    _facts(access)
    key = access.state_dict_key
    lines = [*access.expressions, f"net.state_dict()[{key!r}]" if key else "# not in net.state_dict()"]
    st.markdown("Every way to reach it")
    st.code("\n".join(lines), language="python", wrap_lines=True)


def _facts(access: Access) -> None:
    """Its class, and its gradient, which is None before any backward pass."""
    expression = access.expressions[0]
    with st.container(gap="xsmall"):
        st.markdown(
            f"{text.code(f'type({expression})')} is {text.code(access.class_name)}, "
            f"{text.code(f'requires_grad={access.info.trainable}')}"
        )
        if access.grad is None:
            st.markdown(f"{text.code(f'{expression}.grad')} is {text.code('None')}. {text.markdown(access.grad_note)}")
    if access.grad is not None:
        printed.draw(f"print({expression}.grad)", access.grad)
        st.markdown(text.markdown(access.grad_note))


navigation.ensure()
draw()
