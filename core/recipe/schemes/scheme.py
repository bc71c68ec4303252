"""What a scheme is: one way to initialize a tensor, with everything that is to be said of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .promise import Promise

Value = bool | int | float | str
#: The largest number an option takes where nothing else bounds it.
LARGEST = 1e6


@dataclass(frozen=True)
class Option:
    """A keyword argument of a scheme: a number within bounds, or one of some choices.

    Attributes:
        required: torch gives it no default, so a call always names it.
        of_module: a module has an attribute of this name that the option has to agree with, as a convolution's groups.
    """

    name: str
    default: float | int | str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    required: bool = False
    of_module: bool = False


#: The option of every scheme that multiplies its std by a number.
GAIN = Option("gain", 1.0, 0.0, 1e3, help="Multiplies the std: 1 for linear and sigmoid, 5/3 tanh, √2 ReLU.")


def number_option(name: str, default: float, help_text: str, low: float = -LARGEST, required: bool = False) -> Option:
    """An option that is any finite number of usual size."""
    return Option(name, default, low, LARGEST, help=help_text, required=required)


def _always(**_options: Value) -> str:
    return ""


@dataclass(frozen=True)
class Scheme:
    """One initializer; drop-downs, scripts, declarations, verdicts and the gallery all follow from this record.

    Attributes:
        name: what recipes call it; title: its usual name.
        formula: LaTeX of the distribution; source: paper or torch function; use: when to choose it.
        promise: what it makes of a tensor, from its shape and, by name, every option; raises ValueError where torch
            refuses the shape.
        options: keyword arguments with torch's defaults; random: whether it draws random numbers.
        torch_name: the function of `torch.nn.init` that draws it, where that is not `<name>_`; fixed: arguments that
            this function is always given.
        conflict: a sentence on why options, each right by itself, do not fit together; "" where they do.
        usual: the options that people give it, by which a tensor may be recognized; none are torch's defaults.
        decomposes: whether it calls a matrix decomposition, whose last bits depend on the number of threads.
    """

    name: str
    title: str
    formula: str
    source: str
    use: str
    promise: Callable[..., Promise]
    options: tuple[Option, ...] = ()
    random: bool = True
    torch_name: str = ""
    fixed: tuple[tuple[str, Value], ...] = ()
    conflict: Callable[..., str] = _always
    usual: tuple[Mapping[str, Value], ...] = field(default=({},), hash=False)
    decomposes: bool = False

    @property
    def function(self) -> str:
        """The name of the function in `torch.nn.init`, e.g. `xavier_uniform_`."""
        return self.torch_name or f"{self.name}_"

    @property
    def short_title(self) -> str:
        """What one line calls it: torch's function where that has its name, else its own name."""
        return self.name if self.torch_name else self.function
