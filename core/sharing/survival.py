"""What survives of a tie: every operation is carried out on a copy and its result looked at; none is known before."""

import copy
import io
import pickle
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import safetensors.torch
import torch
from torch import Tensor, nn

from ..module.replica import replica
from ..module.seeding import seeded
from ..module.tying import tied_groups
from ..module.walk import find_module, find_tensor, split
from ..questions.experiments import Survival, SurvivalRow, Survived
from ..questions.model import TiedGroup
from ..recipe.expression import expression
from ..text import error_line

#: Tied groups that are looked at, in registration order.
MOST_GROUPS = 24


@dataclass(frozen=True)
class Operation:
    """Something people do to a model: `run` takes a copy it may change, and gives the model to go on with."""

    title: str
    code: str
    run: Callable[[nn.Module], nn.Module]


def survival(model: nn.Module) -> tuple[SurvivalRow, ...]:
    """Every tied group of `model` and what each operation leaves of it; `model` itself stays as it is.

    Everything stays in memory, so that it also works where no file may be opened. Of a model with very many groups
    the first MOST_GROUPS are looked at.

    Raises:
        ValueError: the model cannot be copied.
    """
    groups = tied_groups(model)[:MOST_GROUPS]
    if not groups:
        return ()
    with seeded():
        results = [(operation, _result(operation, model)) for operation in OPERATIONS]
        return tuple(_row(model, group, results) for group in groups)


def _row(model: nn.Module, group: TiedGroup, results: Sequence[tuple[Operation, nn.Module | Exception]]) -> SurvivalRow:
    """One group: what is left of it in the results so far, and in those of the operations on one of its names."""
    aimed = [(operation, _result(operation, model)) for operation in _aimed(model, group)]
    cells = tuple(_survival(operation, result, group.names) for operation, result in (*results, *aimed))
    return SurvivalRow(group.names, group.kind, cells)


def _result(operation: Operation, model: nn.Module) -> nn.Module | Exception:
    copied = replica(model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return operation.run(copied)
    except Exception as error:  # whatever an operation does to a strange model is the answer
        return error


def _survival(operation: Operation, result: nn.Module | Exception, names: Sequence[str]) -> Survival:
    survived, detail = _judged(result, names)
    return Survival(operation.title, operation.code, survived, detail)


def _judged(result: nn.Module | Exception, names: Sequence[str]) -> tuple[Survived, str]:
    if isinstance(result, _DoesNotApplyError):
        return "does not apply", str(result)
    if isinstance(result, Exception):
        said = error_line(result).partition(": [{")[0]  # safetensors lists the names as a set, in any order
        return "crash", f"{type(result).__name__}: {said}"
    objects = {id(find_tensor(result, name).tensor) for name in names}
    if len(objects) == 1:
        return "same object", f"one object under {len(names)} names"
    still = [tuple(name for name in group.names if name in names) for group in tied_groups(result)]
    kept = [" = ".join(together) for together in still if len(together) > 1]
    if any(set(together) == set(names) for together in still):
        return "storage only", f"{len(objects)} objects over common bytes: an optimizer sees {len(objects)}"
    return "lost", f"only {'; '.join(kept)} still share bytes" if kept else "every name has bytes of its own"


class _DoesNotApplyError(Exception):
    """There is nothing an operation could be carried out on."""


def _saved(value: object) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def _through_state_dict(model: nn.Module) -> nn.Module:
    model.load_state_dict(torch.load(_saved(model.state_dict())))
    return model


def _through_pickle(model: nn.Module) -> nn.Module:
    loaded: nn.Module = pickle.loads(pickle.dumps(model))  # noqa: S301 (bytes made here)
    return loaded


def _through_module_file(model: nn.Module) -> nn.Module:
    loaded: nn.Module = torch.load(_saved(model), weights_only=False)
    return loaded


def _through_safetensors(model: nn.Module) -> nn.Module:
    model.load_state_dict(safetensors.torch.load(safetensors.torch.save(model.state_dict())))
    return model


def _through_safetensors_by_first_names(model: nn.Module) -> nn.Module:
    second = {name for group in tied_groups(model) for name in group.names[1:]}
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name not in second}
    model.load_state_dict(safetensors.torch.load(safetensors.torch.save(state)), strict=False)
    return model


def _cloned(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def _loaded(model: nn.Module) -> nn.Module:
    model.load_state_dict(_cloned(model))
    return model


def _assigned(model: nn.Module) -> nn.Module:
    model.load_state_dict(_cloned(model), assign=True)
    return model


#: Operations on a whole model, in the order they are shown.
OPERATIONS: tuple[Operation, ...] = (
    Operation("deep copy", "net = copy.deepcopy(net)", copy.deepcopy),
    Operation("pickle", "net = pickle.loads(pickle.dumps(net))", _through_pickle),
    Operation(
        "save and load the state dict",
        "torch.save(net.state_dict(), f); net.load_state_dict(torch.load(f))",
        _through_state_dict,
    ),
    Operation(
        "save and load the module",
        "torch.save(net, f); net = torch.load(f, weights_only=False)",
        _through_module_file,
    ),
    Operation(
        "safetensors",
        "net.load_state_dict(load(save(net.state_dict())))",
        _through_safetensors,
    ),
    Operation(
        "safetensors, first names only",
        "net.load_state_dict(load(save(first_names)), strict=False)",
        _through_safetensors_by_first_names,
    ),
    Operation("double", "net.double()", nn.Module.double),
    Operation("half", "net.half()", nn.Module.half),
    Operation(
        "meta and back", 'net.to("meta").to_empty(device="cpu")', lambda net: net.to("meta").to_empty(device="cpu")
    ),
    Operation("load a state dict", "net.load_state_dict(clones)", _loaded),
    Operation("load a state dict, assign=True", "net.load_state_dict(clones, assign=True)", _assigned),
)


def _aimed(model: nn.Module, group: TiedGroup) -> tuple[Operation, Operation]:
    """Operations on one name of a group, the last: a new tensor there, and a new module around it."""
    name = group.names[-1]
    is_buffer = find_tensor(model, name).kind == "buffer"
    target = expression(name, "get_buffer" if is_buffer else "get_parameter")

    def rebind(model: nn.Module) -> nn.Module:
        old = find_tensor(model, name)
        new = old.tensor.detach().clone()
        setattr(old.owner, split(name)[1], new if is_buffer else nn.Parameter(new))
        return model

    value = f"{target}.clone()" if is_buffer else f"nn.Parameter({target}.clone())"
    inside = [owner for owner in (split(each)[0] for each in reversed(group.names)) if owner]
    module = expression(inside[0], "get_submodule") if inside else "net"

    def replace(model: nn.Module) -> nn.Module:
        if not inside:
            raise _DoesNotApplyError("all names stand on the root, which no other module holds")
        above, key = split(inside[0])
        setattr(find_module(model, above), key, copy.deepcopy(find_module(model, inside[0])))
        return model

    return (
        Operation("rebind one name", f"{target} = {value}", rebind),
        Operation("replace its module", f"{module} = copy.deepcopy({module})", replace),
    )
