"""A tree of modules as the rows of a table."""

from core.module.tree_rows import tree_rows
from tests.trees import module, tensor


def test_rows_put_a_module_before_its_parameters_its_buffers_and_its_children() -> None:
    root = module(
        "",
        "Net",
        tensor("scale", (2,), tied_with=("a.w",)),
        tensor("steps", (), kind="buffer", dtype="torch.int64", persistent=False),
        module("a", "Linear", tensor("a.w", (2, 3), trainable=False), shared_with=("b", "c")),
        module("late", "LazyLinear", tensor("late.weight", None), training=False),
    )
    rows = tree_rows(root, {"a.w": (0.5, 1.0)})
    assert [(row.id, row.depth, row.label, row.kind) for row in rows] == [
        ("", 0, "net", "module"),
        ("scale", 1, "scale", "parameter"),
        ("steps", 1, "steps", "buffer"),
        ("a", 1, "a", "module"),
        ("a.w", 2, "w", "parameter"),
        ("late", 1, "late", "module"),
        ("late.weight", 2, "weight", "parameter"),
    ]
    by_id = {row.id: row for row in rows}
    assert (by_id[""].type_name, by_id[""].count, by_id[""].shape) == ("Net", 8, "")
    assert (by_id["scale"].badges, by_id["scale"].detail) == (("tied",), "also a.w")
    assert (by_id["steps"].type_name, by_id["steps"].shape, by_id["steps"].dtype) == ("buffer", "()", "int64")
    assert by_id["steps"].badges == ("not saved",)
    assert (by_id["a"].badges, by_id["a"].detail) == (("shared",), "also b, c")
    assert (by_id["a.w"].badges, by_id["a.w"].spark, by_id["a.w"].shape) == (("frozen",), (0.5, 1.0), "(2, 3)")
    assert by_id["late"].badges == ("eval",)
    assert (by_id["late.weight"].badges, by_id["late.weight"].shape) == (("lazy",), "(?)")


def test_a_mode_is_a_badge_only_where_it_changes() -> None:
    inner = module("a.b", "Dropout", training=False)
    root = module("", "Net", module("a", "Block", inner, training=False), training=False)
    assert [row.badges for row in tree_rows(root, {})] == [("eval",), (), ()]


def test_long_lists_of_names_are_counted() -> None:
    (_, row) = tree_rows(module("", "Net", tensor("w", (1,), tied_with=tuple("abcdefg"))), {})
    assert row.detail == "also a, b, c, d and 3 more"


def test_a_dotted_child_name_is_one_label_and_ids_stay_unique() -> None:
    root = module(
        "", "Net", module("a", "Block", module("a.b", "Inner")), module("a.b", "Other", tensor("a.b.c.d", (1,)))
    )
    rows = tree_rows(root, {})
    assert [row.label for row in rows] == ["net", "a", "b", "a.b", "c.d"]
    assert len({row.id for row in rows}) == len(rows)
    assert [row.name for row in rows] == ["", "a", "a.b", "a.b", "a.b.c.d"]


def test_nesting_beyond_the_recursion_limit() -> None:
    node = module(".".join("m" * 3000), "Leaf")
    for depth in range(2999, -1, -1):
        node = module(".".join("m" * depth), "Nest", node)
    rows = tree_rows(node, {})
    assert [row.depth for row in rows] == list(range(3001))
