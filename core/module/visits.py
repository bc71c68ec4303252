"""Which parameters a place of an initialize step means, in the order and as often as torch visits them."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from torch import nn
from torch.nn.parameter import is_lazy

from ..recipe.steps import LONGEST_NAME, OneTensor, Pattern, Subtree
from .walk import find_module, find_tensor, join, named_modules

WEIGHT = "weight"


@dataclass(frozen=True)
class Visit:
    """One visit of one parameter, under the name it was first reached by."""

    name: str
    parameter: nn.Parameter


def visits(model: nn.Module, where: Subtree | Pattern | OneTensor) -> tuple[Visit, ...]:
    """The visits a step makes; a parameter of two modules is visited twice by a subtree, once by a pattern.

    Raises:
        ValueError: the place does not exist in the model, or holds no parameter that matches.
    """
    match where:
        case Subtree():
            found = _subtree(model, where)
            what = (
                f"parameter {where.parameter!r} in {where.module_type or 'modules'} at or below {where.root or 'net'}"
            )
        case Pattern():
            found = [Visit(n, p) for n, p in model.named_parameters() if fnmatchcase(n, where.pattern)]
            what = f"parameter name like {where.pattern!r}"
        case OneTensor():
            entry = find_tensor(model, where.name)
            if not isinstance(entry.tensor, nn.Parameter):
                raise ValueError(f"{where.name!r} is a buffer, not a parameter; set its values on the Edit page")
            return (Visit(where.name, entry.tensor),)
    if not found:
        raise ValueError(f"nothing to initialize: there is no {what}; widen the place")
    return tuple(found)


def _subtree(model: nn.Module, where: Subtree) -> list[Visit]:
    root = find_module(model, where.root)
    names: dict[int, str] = {}
    for here in named_modules(root):
        names.setdefault(id(here.module), join(where.root, here.name) if here.name else where.root)
    found: list[Visit] = []

    def visit(module: nn.Module) -> None:
        if where.module_type in ("", type(module).__name__):
            for name, parameter in module.named_parameters(recurse=False):
                if fnmatchcase(name, where.parameter):
                    found.append(Visit(join(names[id(module)], name), parameter))

    root.apply(visit)
    return found


def usual_place(model: nn.Module) -> Subtree:
    """What is initialized at first: the weights of the first type of module that has a matrix called `weight`.

    Of plain containers, as a checkpoint's are, only the first: their type tells nothing. Where no module has one, any
    `weight`, any other matrix, any parameter, of the first type that has it: a place that exists, unless the model has
    no parameter.
    """
    own = [(here, *each) for here in named_modules(model) for each in here.module._parameters.items()]
    held = [
        (here, name, is_lazy(each) or each.dim() > 1)
        for here, name, each in own
        if each is not None and max(map(len, (type(here.module).__name__, here.name, name))) <= LONGEST_NAME
    ]
    ranked = sorted(held, key=lambda one: (one[1] != WEIGHT, not one[2]))
    if not ranked:
        return Subtree("", "", WEIGHT)
    here, name, is_matrix = ranked[0]
    root = here.name if type(here.module) is nn.Module else ""  # containers of a checkpoint hold all kinds of weights
    kind = type(here.module).__name__
    return Subtree(root, kind, f"{WEIGHT}_*" if is_matrix and name.startswith(f"{WEIGHT}_") else name)
