"""A module tree as a flat list of rows, in the order in which a person reads it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ..questions.equal import EqualGroup
from ..questions.model import ModuleNode, TensorInfo, TreeRow
from ..text import shape

#: How many other names of a tensor or module a tooltip lists before it only counts them.
_NAMES_LISTED = 4


def tree_rows(root: ModuleNode, sparks: Mapping[str, tuple[float, ...]]) -> tuple[TreeRow, ...]:
    """Flatten a module tree: a module, its own parameters, its buffers, then its children.

    Models nest thousands of levels deep in practice (and in attacks), so this does not recurse.

    Args:
        root: the tree, whose root becomes the row "net".
        sparks: histogram bar heights by qualified tensor name.
    """
    rows: list[TreeRow] = []
    uses: dict[str, int] = {}

    def unique(name: str) -> str:
        uses[name] = uses.get(name, 0) + 1
        return name if uses[name] == 1 else f"{name}#{uses[name]}"

    pending: list[tuple[ModuleNode, int, str, bool]] = [(root, 0, "", True)]
    while pending:
        node, depth, above, parent_trains = pending.pop()
        rows.append(
            TreeRow(
                id=unique(node.name),
                depth=depth,
                label=_label(node.name, above) if depth else "net",
                name=node.name,
                kind="module",
                type_name=node.type_name,
                shape="",
                dtype="",
                count=node.num_parameters,
                badges=_module_badges(node, parent_trains),
                detail=_also(node.shared_with),
            )
        )
        rows.extend(
            TreeRow(
                id=unique(tensor.name),
                depth=depth + 1,
                label=_label(tensor.name, node.name),
                name=tensor.name,
                kind=tensor.kind,
                type_name="Parameter" if tensor.kind == "parameter" else "buffer",
                shape=shape(tensor.shape),
                dtype=tensor.dtype.removeprefix("torch."),
                count=tensor.numel,
                badges=_tensor_badges(tensor),
                detail=_also(tensor.tied_with),
                spark=sparks.get(tensor.name, ()),
            )
            for tensor in (*node.parameters, *node.buffers)
        )
        pending.extend((child, depth + 1, node.name, node.training) for child in reversed(node.children))
    return tuple(rows)


def with_badge(rows: Sequence[TreeRow], names: Collection[str], badge: str) -> tuple[TreeRow, ...]:
    """The same rows, with one badge more on those tensors."""
    return tuple(
        replace(row, badges=(*row.badges, badge)) if row.kind != "module" and row.name in names else row for row in rows
    )


def with_equal(rows: Sequence[TreeRow], groups: Sequence[EqualGroup]) -> tuple[TreeRow, ...]:
    """The same rows, with a badge and a line on those tensors that others equal in value, though nothing ties them."""
    others = {name: group.others(name) for group in groups for name in group.names}
    return tuple(
        replace(
            row,
            badges=(*row.badges, "equal"),
            detail=f"{row.detail}; {_equal_to(others[row.name])}".removeprefix("; "),
        )
        if row.kind != "module" and row.name in others
        else row
        for row in rows
    )


def _label(name: str, above: str) -> str:
    """What a name adds to the name of the module above it, which need not be its last dotted segment."""
    prefix = f"{above}." if above else ""
    return name.removeprefix(prefix) if name.startswith(prefix) else name.rpartition(".")[2]


def _module_badges(node: ModuleNode, parent_trains: bool) -> tuple[str, ...]:
    """A mode is named only where it changes: below a module in eval mode everything usually is."""
    mode = {(True, False): "eval", (False, True): "train"}.get((parent_trains, node.training))
    return tuple(badge for badge in ("shared" if node.shared_with else None, mode) if badge)


def _tensor_badges(tensor: TensorInfo) -> tuple[str, ...]:
    checks = {
        "tied": bool(tensor.tied_with),
        "frozen": tensor.kind == "parameter" and not tensor.trainable,
        "lazy": tensor.lazy,
        "not saved": not tensor.persistent,
    }
    return tuple(badge for badge, holds in checks.items() if holds)


def _also(names: Sequence[str]) -> str:
    return f"also {_listed(names)}" if names else ""


def _equal_to(names: Sequence[str]) -> str:
    return f"equal in value to {_listed(names)}, not tied"


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_NAMES_LISTED])
    more = len(names) - _NAMES_LISTED
    return f"{listed} and {more} more" if more > 0 else listed
