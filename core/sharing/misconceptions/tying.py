"""Beliefs about tied parameters, and what torch shows instead."""

import copy

import torch
from torch import nn

from ...module.overlap import overlap
from ...module.tying import counts, untie, untie_name
from ...module.walk import find_tensor, named_tensors
from ...recipe.expression import expression
from ...tensor.compare import changed_elements
from ...text import number
from ..uses import contributions, forward
from .base import Belief, Exhibit, Shown, edit, yes

#: How many times further from `.grad` an average has to be than a sum, whose rounding is no evidence.
_FAR = 100


def _equal_rows(exhibit: Exhibit) -> Shown:
    tie = exhibit.tie()
    first, second = tie.first, tie.last
    twin = copy.deepcopy(exhibit.model)
    untie(twin, untie_name(twin, second.name) or second.name)
    facts = []
    for title, model in (("tied", exhibit.model), ("copied", twin)):
        a, b = (find_tensor(model, entry.name).tensor.detach() for entry in (first, second))
        facts.append((f"{title}: equal values before", yes(changed_elements(a, b) == 0)))
        edit(a)
        facts.append((f"{title}: equal values after one was edited", yes(changed_elements(a, b) == 0)))
    one, other = expression(first.name), expression(second.name)
    return facts, f"{one} is {other}  # proves it\n{one} == {other}  # does not"


def _two_gradients(exhibit: Exhibit) -> Shown:
    first = exhibit.tie(trained=True).first
    found = contributions(exhibit.model, first.name, exhibit.inputs, exhibit.loss_fn)
    average = found.total / len(found.parts)
    if len(found.parts) < 2:
        raise ValueError(f"a forward pass uses {first.name!r} once only")
    if not float((average - found.grad).abs().max()) > _FAR * float((found.total - found.grad).abs().max()):
        raise ValueError(f"the gradient of {first.name!r} does not tell a sum from an average")
    facts = [(f"L2 norm of use {at}", number(norm)) for at, norm in enumerate(found.norms, 1)]
    facts += [
        ("largest |sum of uses − .grad|", number(found.largest_error)),
        ("largest |average of uses − .grad|", number(float((average - found.grad).abs().max()))),
        ("cosine between first and last use", number(float(found.cosines[0, -1]))),
    ]
    return facts, f"loss.backward()\n{expression(first.name)}.grad  # one gradient: the sum over the uses"


def _optimizer(exhibit: Exhibit) -> Shown:
    tie = exhibit.tie(trained=True)
    first, second = tie.first, tie.last
    parameters = list(exhibit.model.parameters())
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        torch.autograd.backward(forward(exhibit.model, exhibit.inputs, exhibit.loss_fn))
        optimizer.step()
    a, b = (find_tensor(exhibit.model, entry.name).tensor for entry in (first, second))
    facts = [
        ("names of the tensor", str(sum(entry.tensor is a for entry in named_tensors(exhibit.model)))),
        ("times the optimizer holds it", str(sum(parameter is a for parameter in parameters))),
        ("elements that differ after 5 Adam steps", str(changed_elements(a, b))),
        ("still one object", yes(a is b)),
    ]
    return facts, "optimizer = torch.optim.Adam(net.parameters())  # lists every Parameter once"


def _transposed(exhibit: Exhibit) -> Shown:
    entry = exhibit.matrix()
    original = entry.tensor
    view = nn.Parameter(original.t())
    holder = nn.ParameterList([original, view])
    copied, doubled = copy.deepcopy(holder), copy.deepcopy(holder)
    facts = [("same object", yes(view is original)), ("shares bytes", yes(overlap(original, view)))]
    before = view.detach().clone()
    edit(original)
    facts.append(("elements of the new Parameter that one write changed", str(changed_elements(before, view))))
    loss = (original.sum() + 2 * view.sum()) / original.numel()
    torch.autograd.backward(loss)
    optimizer = torch.optim.Adam(holder.parameters())
    optimizer.step()
    facts += [
        ("states that Adam keeps", str(len(optimizer.state))),
        ("shares bytes after deepcopy", yes(overlap(copied[0], copied[1]))),
        ("shares bytes after .double()", yes(overlap(*doubled.double()))),
    ]
    return facts, f"w = {expression(entry.name)}\nv = nn.Parameter(w.t())  # the same bytes, another Parameter"


def _first_names(exhibit: Exhibit) -> Shown:
    listed = [name for name, _ in exhibit.model.named_parameters()]
    everything = [name for name, _ in exhibit.model.named_parameters(remove_duplicate=False)]
    facts = [
        ("names in named_parameters()", str(len(listed))),
        ("names in named_parameters(remove_duplicate=False)", str(len(everything))),
        ("keys in state_dict()", str(len(exhibit.model.state_dict()))),
        ("left out", ", ".join(name for name in everything if name not in listed)),
    ]
    return facts, "dict(net.named_parameters(remove_duplicate=False))"


def _sum_of_state_dict(exhibit: Exhibit) -> Shown:
    found = counts(exhibit.model)
    summed = sum(value.numel() for value in exhibit.model.state_dict().values() if isinstance(value, torch.Tensor))
    facts = [
        ("elements in state_dict()", f"{summed:,}"),
        ("elements in parameters()", f"{sum(p.numel() for p in exhibit.model.parameters()):,}"),
        ("bytes really stored", f"{found.stored_bytes:,}"),
    ]
    return facts, "sum(p.numel() for p in net.parameters())"


def _apply_twice(exhibit: Exhibit) -> Shown:
    tie = exhibit.tie()
    visits: list[nn.Module] = []
    exhibit.model.apply(visits.append)
    owners = {id(entry.owner) for entry in tie.entries}
    facts = [
        ("places of the tensor", str(len(tie.entries))),
        ("one module in all of them", yes(len(owners) == 1)),
        ("times net.apply comes by", str(sum(id(module) in owners for module in visits))),
    ]
    lazy = nn.LazyLinear(3)
    facts.append(("type(nn.LazyLinear(3)) == nn.Linear", yes(type(lazy) is nn.Linear)))
    facts.append(("isinstance(nn.LazyLinear(3), nn.Linear)", yes(isinstance(lazy, nn.Linear))))
    return facts, "net.apply(visit)  # once for every module object"


BELIEFS = (
    Belief(
        "equal_values",
        "Two layers print equal values, so they are tied.",
        "Values prove nothing: a copy prints the same until one of the two is changed.",
        "a tie",
        _equal_rows,
    ),
    Belief(
        "two_gradients",
        "A tied layer has two gradients, or their average.",
        "It has one .grad: the sum of what its uses contribute.",
        "a trained tie",
        _two_gradients,
    ),
    Belief(
        "optimizer_unties",
        "The optimizer updates each layer, so training breaks the tie.",
        "The optimizer holds one Parameter; it never sees two.",
        "a trained tie",
        _optimizer,
    ),
    Belief(
        "transposed_copy",
        "nn.Parameter(w.t()) is an independent copy, or a proper tie.",
        "It is neither: the bytes are shared, but gradients and optimizer states are two, and a copy or a cast "
        "separates them.",
        "a matrix",
        _transposed,
    ),
    Belief(
        "all_names",
        "named_parameters() lists every parameter of every layer.",
        "It lists each Parameter under its first name only.",
        "a tie",
        _first_names,
    ),
    Belief(
        "sum_of_state_dict",
        "The number of parameters is the sum over state_dict().",
        "state_dict() has every name, so that sum counts a tied tensor once a name, and buffers too.",
        "a tie",
        _sum_of_state_dict,
    ),
    Belief(
        "apply_each_place",
        "net.apply(init) initializes a shared layer once for every place.",
        "apply visits a module object once; a Parameter in two modules it reaches once through each.",
        "a tie",
        _apply_twice,
    ),
)
