"""What a worker has at hand: everything is imported in the zygote, for in the jail no file can be read any more."""

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType

import torch

from ..answers.answer import answer
from ..code import command_line
from ..code.importing import import_more
from ..code.operator_files import import_files, note_built
from ..questions.registry import QUESTIONS
from ..recipe.catalog import MODELS, module, source
from ..recipe.own_files import Takes
from ..recipe.recipe import Recipe
from ..recipe.steps import Custom, Initialize, Train
from . import channel
from .fitting import too_large
from .trial import Trial, tried
from .worker import arrived, opened, ran

#: What a person's code may want to import: of the standard library what computes, of the packages their usual parts.
_STANDARD = """abc array ast base64 bisect builtins calendar cmath collections collections.abc colorsys contextlib copy
copyreg csv dataclasses datetime decimal difflib dis enum fnmatch fractions functools gc hashlib heapq html inspect io
itertools json keyword linecache locale logging math numbers operator os os.path pathlib pickle pprint queue random re
reprlib secrets shutil statistics string struct sys tempfile textwrap threading time timeit tokenize traceback types
typing unicodedata uuid warnings weakref zlib concurrent.futures encodings.idna encodings.latin_1 encodings.ascii
encodings.unicode_escape encodings.raw_unicode_escape encodings.utf_16 typing_extensions"""
_TORCH = """torch.autograd.forward_ad torch.autograd.functional torch.autograd.graph torch.backends torch.distributions
torch.fft torch.func torch.linalg torch.nn.functional torch.nn.init torch.nn.modules torch.nn.utils
torch.nn.utils.parametrizations torch.nn.utils.parametrize torch.nn.utils.prune torch.nn.utils.rnn
torch.nn.utils.stateless torch.optim torch.optim.lr_scheduler torch.optim.swa_utils torch.sparse torch.special
torch.utils.checkpoint torch.utils.data torch.utils.hooks torch.utils.serialization numpy.fft numpy.linalg
numpy.polynomial numpy.random"""
_SCIPY = "scipy.fft scipy.integrate scipy.linalg scipy.optimize scipy.sparse scipy.special scipy.stats"


def first() -> None:
    """Import and warm what a page needs at once; deterministic settings."""
    torch.set_num_threads(1)
    # Threads can be neither had in the jail nor asked for: OpenMP ends the process.
    vars(torch).update(set_num_threads=_keep_one_thread, set_num_interop_threads=_keep_one_thread)
    files = command_line.from_environment()
    trial = tried(files) if sys.platform == "linux" else Trial()
    import_files(files, trial.broken | too_large(files))
    for model in MODELS:
        module(model)
        source(model)
    for model, scheme in (("mlp", "uniform"), ("shared_mlp", "orthogonal")):
        moments = opened(f'{{"model":"{model}","steps":[{{"op":"initialize","scheme":"{scheme}"}}]}}', 0, 1)
        for request in QUESTIONS.values():
            with contextlib.suppress(TypeError, ValueError):  # requests with required fields have nothing to warm
                answer(request(), moments)
    rehearsal = trial.rehearsal()  # their models were built meanwhile
    import_more(rehearsal.modules, rehearsal.texts)
    several, named = rehearsal.several, rehearsal.named
    takes: dict[str, Takes] = {**dict.fromkeys(several, "several"), **dict.fromkeys(named, "named")}
    note_built(rehearsal.built, takes)


def rest() -> None:
    """Import what few need at once.

    That is torch's compiler, which it wants for an optimizer and a normal draw of shapes without data, and what a
    person's code may import.
    """
    warmed = Recipe(
        "mlp", steps=(Initialize("normal"), Train(), Custom("def f(m):\n    nn.init.normal_(m.weight)", "f", root="0"))
    )
    asked = warmed.to_json(), 0, len(warmed.steps)
    _, handovers = ran(*asked)
    opened(*asked, handovers=arrived(*channel.pack(handovers)))
    for name in f"{_STANDARD} {_TORCH} {_SCIPY}".split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _keep_one_thread(_threads: int) -> None:
    """Computing stays on one thread, whatever number is asked for."""


class NothingMore:
    """Takes the place of the finder of modules on disk in a jailed worker: says why a module cannot be had.

    Args:
        complete: whether everything was imported before the fork. If not, a worker that misses something ends, and the
            server's second attempt gets one that has it.
        strangers: whether a stranger's code may run here, and not only that of the operator's files.
    """

    def __init__(self, *, complete: bool, strangers: bool = True) -> None:
        self._complete, self._strangers = complete, strangers

    def install(self) -> None:
        """From now on this is what looks for modules that are not loaded, nor part of the interpreter."""
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not PathFinder]
        sys.meta_path.append(self)
        if compiler := sys.modules.get("torch._inductor.compiler_bisector"):
            compiler.CompilerBisector.in_process_cache = os.devnull  # else torch.compile makes a folder before anything

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ModuleNotFoundError; called when no other finder knew the module.

        Who only asks whether there is one, as `importlib.util.find_spec` does, is told that there is none.
        """
        if not self._complete:
            os._exit(1)
        if not _is_imported(sys._getframe(1)):  # noqa: SLF001 (nothing else tells)
            return None
        if not self._strangers:
            raise ModuleNotFoundError(
                f"{name} cannot be imported any more once a model is built; import it at the top of the file", name=name
            )
        if name.partition(".")[0] in sys.modules and "." in name:
            return None  # no such part of a package that is here: Python's own words say it best
        raise ModuleNotFoundError(
            f"{name} is not available to isolated code; torch, numpy, scipy and most of Python's own library are",
            name=name,
        )


def _is_imported(finding: FrameType) -> bool:
    """Whether what goes through the finders, as that frame does, is to be imported, and not only asked about."""
    asking = finding.f_back
    return asking is None or asking.f_code.co_name != "find_spec"
