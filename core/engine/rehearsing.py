"""Building the operator's models once, in a child that ends then, for what they import only when built and run.

Nothing else of such a build is of use, so what takes its time is left out: its random draws, and with them most of the
memory that a large model would take.
"""

import contextlib
import json
import linecache
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from ..code.command_line import NamedFile
from ..code.contents import ModelFunctions, model_in
from ..code.output import CapturedOutput
from ..module.passing import passed, takes
from ..recipe.own_files import OwnArgument, Takes

#: Draws in place, of a tensor and of torch.nn.init: their first argument is what they return.
_DRAWS = frozenset(
    [
        "normal_",
        "uniform_",
        "random_",
        "bernoulli_",
        "exponential_",
        "geometric_",
        "cauchy_",
        "log_normal_",
        "trunc_normal_",
        "xavier_uniform_",
        "xavier_normal_",
        "kaiming_uniform_",
        "kaiming_normal_",
        "sparse_",
        "orthogonal_",
    ]
)
_ROWS = 2
#: So long one build may take.
_EACH_SECONDS = 8.0


@dataclass(frozen=True)
class Rehearsal:
    """What building the models of a file showed, as JSON between processes.

    Attributes:
        modules: what they import, by name, in the order in which that began.
        texts: paths of the files whose text they read, as `torch.jit.script` reads it.
        built: names of the models that could be built; several, named: of those whose batch gives its inputs so.
    """

    modules: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def to_json(self) -> str:
        """As text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Rehearsal":
        """What `to_json` wrote; of a text that breaks off, nothing."""
        try:
            return cls(**{key: tuple(map(str, value)) for key, value in json.loads(text).items()})
        except ValueError:
            return cls()

    def __add__(self, other: "Rehearsal") -> "Rehearsal":
        each = ((*getattr(self, part.name), *getattr(other, part.name)) for part in fields(self))
        return Rehearsal(*(tuple(dict.fromkeys(names)) for names in each))


def rehearsed(files: Sequence[NamedFile], module: ModuleType) -> Iterator[Rehearsal]:
    """Build the models of one file, which is imported as `module`; told after each build, of all so far.

    Each model is built with its own defaults and with each word that an argument may be, and is run where its file has
    a batch for it. What fails is no matter here: whoever opens the model is told.
    """
    before, built = set(sys.modules), list[str]()
    given: dict[Takes, set[str]] = {"one": set(), "several": set(), "named": set()}
    for file in files:
        if file.kind == "model":
            with contextlib.suppress(ValueError):
                functions = model_in(file, module)
                for arguments in _choices(functions.record.arguments):
                    if _run(functions, arguments, given) and not arguments:
                        built.append(functions.record.name)
                    modules = tuple(name for name in sys.modules if name not in before)
                    texts = tuple(path for path in linecache.cache if Path(path).is_absolute())
                    yield Rehearsal(modules, texts, tuple(built), tuple(given["several"]), tuple(given["named"]))


def _choices(arguments: Sequence[OwnArgument]) -> Iterator[Mapping[str, str]]:
    yield {}
    for argument in arguments:
        yield from ({argument.name: word} for word in argument.choices if word != argument.default)


def _run(functions: ModelFunctions, arguments: Mapping[str, str], given: dict[Takes, set[str]]) -> bool:
    """Build the model and run it forward and back; whether it could be built. How inputs are given goes to `given`."""
    net = None
    with CapturedOutput().capturing(), contextlib.suppress(BaseException), _alarm():  # SystemExit too: it is the file's
        net = _built(lambda: functions.build(**arguments))
        if functions.batch is not None:
            inputs, targets = functions.batch(_ROWS)
            given[takes(inputs)].add(functions.record.name)
            output = passed(net, inputs)
            if functions.loss is not None:
                functions.loss(output, targets).backward()
    return isinstance(net, nn.Module)


class _OverdueError(BaseException):
    """A build takes too long."""


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    """Raise in what takes too long, as one does that draws until it likes what it drew."""

    def ring(*_: object) -> None:
        raise _OverdueError

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, _EACH_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _built(build: Callable[[], Any]) -> Any:
    try:
        with _WithoutDraws():
            return build()
    except Exception:  # of a model that looks at what it has drawn
        return build()


class _WithoutDraws(TorchFunctionMode):
    """Draws in place leave their tensor as it is, whoever has imported the functions of torch.nn.init before."""

    def __init__(self) -> None:
        super().__init__()
        found = vars(nn.init).items()
        self._codes = {each: each.__code__ for name, each in found if name in _DRAWS and isinstance(each, FunctionType)}

    def __enter__(self) -> "_WithoutDraws":
        for function in self._codes:
            function.__code__ = _unchanged.__code__
        super().__enter__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]  # as well
        for function, code in self._codes.items():
            function.__code__ = code

    def __torch_function__(
        self, func: Callable[..., Any], _types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__name__", "") in _DRAWS and args and isinstance(args[0], torch.Tensor):
            return args[0]
        return func(*args, **(kwargs or {}))


def _unchanged(tensor: Any, *_args: Any, **_options: Any) -> Any:
    return tensor
