"""The lines of Python that call a person's init on a place of the net, in each of the ways that a step can say."""

from collections.abc import Callable

from .steps import Custom, FileInit

#: Modules with their names, in the order in which `apply` calls: from below, the place itself last.
_WITH_NAMES = """\
def {visit}({m}, {name}=""):
    for {key}, {child} in {m}.named_children():
        {visit}({child}, f"{{{name}}}.{{{key}}}" if {name} else {key})
    {called}


{visit}({place})"""


def calling(step: Custom | FileInit, function: str, place: str, free: Callable[[str], str]) -> list[str]:
    """The lines that call `function` on `place`, both as they stand in the script; none for statements.

    Args:
        free: makes of a name one that nothing else in the script uses.
    """
    way = step.applies_to
    if way == "statements":
        return []
    if function.endswith("()") and way != "modules":  # one object for all calls
        made = free("init")
        return [f"{made} = {function}", *_lines(way, place, made, free)]
    return _lines(way, place, function, free)


def _lines(way: str, place: str, function: str, free: Callable[[str], str]) -> list[str]:
    if way == "modules":
        return [f"{place}.apply({function})"]
    if way == "net":
        return [f"{function}({place})"]
    m, name, parameter = free("m"), free("name"), free("parameter")
    if way == "net,module":
        return [f"{place}.apply(lambda {m}: {function}(net, {m}))"]
    words = {"module": m, "name": name, "net": "net", "tensor": parameter, "tensors": parameter}
    called = f"{function}({', '.join(words[part] for part in way.split(','))})"
    if way in ("module,name", "name,module"):
        names = {"visit": free("apply_with_names"), "key": free("key"), "child": free("child")}
        return _WITH_NAMES.format(called=called, place=place, m=m, name=name, **names).splitlines()
    named = "name" in way
    each = f"{name}, {parameter}" if named else parameter
    return ["with torch.no_grad():", f"    for {each} in {place}.{'named_' * named}parameters():", f"        {called}"]
