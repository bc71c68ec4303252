"""The lines of Python that call a person's init on a place of the net, in each of the ways that a step can say."""

from .expression import expression
from .steps import Custom, FileInit

#: Modules with their names, in the order in which `apply` calls: from below, the place itself last.
_WITH_NAMES = """\
def _apply_with_names(m, name=""):
    for _key, _child in m.named_children():
        _apply_with_names(_child, f"{{name}}.{{_key}}" if name else _key)
    {called}


_apply_with_names({place})"""


def calling(step: Custom | FileInit, function: str) -> list[str]:
    """The lines that call `function`, as it stands in the script, on the step's place; none for statements."""
    place, way = expression(step.root, "get_submodule"), step.applies_to
    if way == "statements":
        return []
    if function.endswith("()") and way != "modules":  # one object for all calls
        return [f"_init = {function}", *_lines(way, place, "_init")]
    return _lines(way, place, function)


def _lines(way: str, place: str, function: str) -> list[str]:
    if way == "modules":
        return [f"{place}.apply({function})"]
    if way == "net":
        return [f"{function}({place})"]
    if way == "net,module":
        return [f"{place}.apply(lambda m: {function}(net, m))"]
    if way in ("module,name", "name,module"):
        given = way.replace("module", "m").replace(",", ", ")
        return _WITH_NAMES.format(called=f"{function}({given})", place=place).splitlines()
    given = way.replace("tensors", "parameter").replace("tensor", "parameter").replace(",", ", ")
    named = "name" in way
    each = "name, parameter" if named else "parameter"
    return [
        "with torch.no_grad():",
        f"    for {each} in {place}.{'named_' * named}parameters():",
        f"        {function}({given})",
    ]
