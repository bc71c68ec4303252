"""Which call of which module was running when a node of autograd's graph was made."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.autograd.graph import Node

from ..module.walk import named_modules
from .graph import sequence_number


@dataclass(frozen=True)
class ModuleCall:
    """Call number `number` of the module `name`; `made` counts the calls it made itself, by module."""

    name: str = ""
    number: int = 1
    made: Counter[int] = field(default_factory=Counter)


class _Entry(NamedTuple):
    """A call began when autograd had numbered `begin` nodes."""

    begin: int
    module: int
    call: ModuleCall


class ModuleCalls:
    """The calls of a pass, by autograd's sequence numbers.

    A call that a backward pass makes again, for a part that is recomputed, is the call of the forward pass.
    """

    def __init__(self, model: nn.Module) -> None:
        self._names: dict[int, list[str]] = defaultdict(list)
        for here in named_modules(model):
            self._names[id(here.module)].append(here.name)
        self._running = [ModuleCall()]
        self._times: Counter[str] = Counter()
        self._begins, self._calls = [0], [self._running[0]]
        self._entries: list[_Entry] = []
        self._again: list[Iterator[_Entry]] = []

    def at(self, sequence_number: int) -> ModuleCall:
        """The innermost call that was running."""
        return self._calls[bisect_right(self._begins, sequence_number) - 1]

    @contextmanager
    def noted(self, model: nn.Module) -> Iterator[None]:
        """Meanwhile calls of `model`'s modules are noted.

        Raises:
            ValueError: a module of it is compiled code, which takes no hooks.
        """
        handles = []
        for here in named_modules(model):
            if isinstance(here.module, torch.jit.ScriptModule):
                raise ValueError(
                    f"{here.name or 'the net'} is a ScriptModule, compiled code, in which the uses of a parameter are "
                    "not seen; look at the module that it was made from"
                )
        for module in {id(here.module): here.module for here in named_modules(model)}.values():
            handles.append(module.register_forward_pre_hook(self._enter))
            handles.append(module.register_forward_hook(self._leave, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def begin_again(self, node: Node) -> None:
        """From now on calls are those of the part that `node` stands for, which autograd numbered before them."""
        number = sequence_number(node)
        first = bisect_right(self._entries, number, key=lambda entry: entry.begin)
        self._again.append(iter(self._entries[first:]))
        self._running.append(self.at(number))
        self._mark()

    def end_again(self) -> None:
        """The part of the last `begin_again` is done."""
        self._again.pop()
        self._running.pop()
        self._mark()

    def _enter(self, module: nn.Module, _inputs: Any) -> None:
        entry = next(self._again[-1], None) if self._again else None
        call = entry.call if entry is not None and entry.module == id(module) else self._new(module)
        self._running.append(call)
        self._entries.append(_Entry(self._mark(), id(module), call))

    def _new(self, module: nn.Module) -> ModuleCall:
        """A module with several names has been called by the next of those below its caller, as in a Sequential."""
        caller = self._running[-1]
        below = f"{caller.name}." if caller.name else ""
        names = self._names[id(module)]
        names = [name for name in names if name.startswith(below)] or names
        name = names[min(caller.made[id(module)], len(names) - 1)]
        caller.made[id(module)] += 1
        self._times[name] += 1
        return ModuleCall(name, self._times[name])

    def _leave(self, _module: nn.Module, _inputs: Any, _output: Any) -> None:
        self._running.pop()
        self._mark()

    def _mark(self) -> int:
        with torch.enable_grad():
            node = torch.zeros((), requires_grad=True).view(()).grad_fn
        self._begins.append(sequence_number(node))
        self._calls.append(self._running[-1])
        return self._begins[-1]
