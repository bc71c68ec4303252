"""The calls of a person's function, each watched: where it was, what it wrote to, what it returned."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import join, named_modules, named_tensors
from .watching import StorageId, Writes, storage_of


class InitCalls:
    """Gathers the calls of one run of init code on a model.

    Attributes:
        root: qualified name of the place; count: calls so far; at: the module or tensor of the present call.
        written: how many calls wrote to each storage; operations: how often each operation did.
        temporaries: (module name, shapes) of tensors a call wrote to that the model did not hold.
        returned: calls that returned a tensor; types: class names of the modules that were called on.
    """

    def __init__(self, model: nn.Module, root: str, place: nn.Module) -> None:
        self.root, self.count, self.at, self.returned = root, 0, "", 0
        self.written: Counter[StorageId] = Counter()
        self.operations: dict[StorageId, Counter[str]] = {}
        self.temporaries: dict[str, set[tuple[int, ...]]] = {}
        self.types: Counter[str] = Counter()
        self._modules = {id(here.module): join(root, here.name) for here in reversed([*named_modules(place)])}
        entries = [entry for entry in named_tensors(model) if not is_lazy(entry.tensor)]
        self._tensors = {id(entry.tensor): entry.name for entry in reversed(entries)}
        self._storages = {storage_of(entry.tensor): entry.name for entry in reversed(entries) if entry.tensor.numel()}

    def watched(self, function: Callable[[Any], Any]) -> Callable[[Any], None]:
        """`function`, each of its calls gathered."""

        def call(thing: nn.Module | Tensor) -> None:
            self.count += 1
            where = self._where(thing)
            with self.watching(where):
                result = function(thing)
            self.returned += isinstance(result, Tensor)

        return call

    @contextmanager
    def watching(self, where: str = "") -> Iterator[None]:
        """Within it, writes are gathered as those of one call at `where`."""
        with Writes() as writes:
            yield
        for storage, operations in writes.by_operation.items():
            self.written[storage] += 1
            self.operations.setdefault(storage, Counter()).update(operations)
            if storage not in self._storages:
                self.temporaries.setdefault(where, set()).add(writes.shapes[storage])

    def tensor_at(self, trace: TracebackType | None) -> str:
        """Name and shape of the model's tensor that the innermost frame of a traceback works on, "" for none."""
        frames = []
        while trace is not None:
            frames.append(trace.tb_frame)
            trace = trace.tb_next
        for frame in reversed(frames):
            for value in frame.f_locals.values():
                if isinstance(value, Tensor) and (name := self._tensors.get(id(value))):
                    return f"{name} {tuple(value.shape)}"
        return ""

    def _where(self, thing: nn.Module | Tensor) -> str:
        if isinstance(thing, nn.Module):
            name = self._modules.get(id(thing), "")
            self.types[type(thing).__name__] += 1
            self.at = f"{name or 'net'} ({type(thing).__name__})"
            return name
        name = self._tensors.get(id(thing), "")
        self.at = name
        return name.rpartition(".")[0]
