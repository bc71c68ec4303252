"""The schemes of `torch.nn.init`: their options, formula, source and when to use them.

A page lists schemes without torch, so nothing here imports it at the top; `initialize` does the drawing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, inf, pi, sqrt
from typing import TYPE_CHECKING

from ..text import error_line, short

if TYPE_CHECKING:
    from torch import Tensor

Value = bool | int | float | str


@dataclass(frozen=True)
class Option:
    """A keyword argument of a scheme: a number within bounds, or one of some choices."""

    name: str
    default: float | int | str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Scheme:
    """One initializer.

    Attributes:
        name: `torch.nn.init.<name>_` draws it; title: its usual name.
        formula: LaTeX of the distribution; source: paper or torch function; use: when to choose it.
        options: keyword arguments with torch's defaults; random: whether it draws random numbers.
    """

    name: str
    title: str
    formula: str
    source: str
    use: str
    options: tuple[Option, ...] = ()
    random: bool = True

    @property
    def function(self) -> str:
        """The torch function's name, e.g. `xavier_uniform_`."""
        return f"{self.name}_"


_BOUND = 1e6
#: Below this share of accepted draws, `trunc_normal_` redraws for minutes or for ever.
_FEWEST_ACCEPTED = 1e-3
_GAIN = Option("gain", 1.0, 0.0, 1e3, help="Multiplies the std: 1 for linear and sigmoid, 5/3 tanh, √2 ReLU.")
_NONLINEARITIES = (
    "leaky_relu",
    "relu",
    "linear",
    "tanh",
    "sigmoid",
    "selu",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
)
_KAIMING = (
    Option("a", 0.0, -1e3, 1e3, help="Negative slope of leaky ReLU; used with leaky_relu only."),
    Option(
        "mode",
        "fan_in",
        choices=("fan_in", "fan_out"),
        help="fan_in keeps the forward variance, fan_out the backward one.",
    ),
    Option("nonlinearity", "leaky_relu", choices=_NONLINEARITIES, help="Decides the gain."),
)


def _finite(name: str, default: float, help_text: str, low: float = -_BOUND) -> Option:
    return Option(name, default, low, _BOUND, help=help_text)


_ALL = (
    Scheme(
        "xavier_uniform",
        "Xavier (Glorot) uniform",
        r"W \sim U(-a, a),\quad a = \text{gain}\,\sqrt{\frac{6}{\text{fan}_{in} + \text{fan}_{out}}}",
        "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
        "Layers followed by tanh, sigmoid or nothing: keeps variance between forward and backward needs.",
        (_GAIN,),
    ),
    Scheme(
        "xavier_normal",
        "Xavier (Glorot) normal",
        r"W \sim N(0, \sigma^2),\quad \sigma = \text{gain}\,\sqrt{\frac{2}{\text{fan}_{in} + \text{fan}_{out}}}",
        "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
        "As Xavier uniform, with Gaussian tails.",
        (_GAIN,),
    ),
    Scheme(
        "kaiming_uniform",
        "Kaiming (He) uniform",
        r"W \sim U(-b, b),\quad b = \text{gain}\,\sqrt{\frac{3}{\text{fan}}}",
        "He et al. 2015, Delving deep into rectifiers",
        "Layers followed by ReLU. PyTorch's layers call it with a = √5, which gives b = 1/√fan_in.",
        _KAIMING,
    ),
    Scheme(
        "kaiming_normal",
        "Kaiming (He) normal",
        r"W \sim N(0, \sigma^2),\quad \sigma = \frac{\text{gain}}{\sqrt{\text{fan}}}",
        "He et al. 2015, Delving deep into rectifiers",
        "Layers followed by ReLU; the usual choice for convolutions.",
        _KAIMING,
    ),
    Scheme(
        "normal",
        "Normal",
        r"W \sim N(\text{mean}, \text{std}^2)",
        "torch.nn.init.normal_",
        "A std chosen by hand. std 0.01 is a variance of 0.0001, not of 1.",
        (
            _finite("mean", 0.0, "Center of the distribution."),
            _finite("std", 1.0, "Standard deviation.", low=0.0),
        ),
    ),
    Scheme(
        "trunc_normal",
        "Truncated normal",
        r"W \sim N(\text{mean}, \text{std}^2),\quad \text{redrawn until in}\ [a, b]",
        "torch.nn.init.trunc_normal_",
        "Transformers without outliers. The bounds are absolute: with std 0.02 the default ±2 cuts nothing.",
        (
            _finite("mean", 0.0, "Center before truncation."),
            _finite("std", 1.0, "Standard deviation before truncation.", low=1e-9),
            _finite("a", -2.0, "Smallest value."),
            _finite("b", 2.0, "Largest value."),
        ),
    ),
    Scheme(
        "uniform",
        "Uniform",
        r"W \sim U(a, b)",
        "torch.nn.init.uniform_",
        "Bounds chosen by hand.",
        (_finite("a", 0.0, "Smallest value."), _finite("b", 1.0, "Largest value, excluded.")),
    ),
    Scheme(
        "orthogonal",
        "Orthogonal",
        r"W W^\top = \text{gain}^2 I,\quad \text{or}\ \ W^\top W = \text{gain}^2 I",
        "Saxe et al. 2013, Exact solutions to the nonlinear dynamics of learning in deep linear networks",
        "Deep or recurrent nets: every singular value is the gain, so signals keep their length.",
        (_GAIN,),
    ),
    Scheme(
        "sparse",
        "Sparse",
        r"W_{ij} \sim N(0, \text{std}^2),\quad "
        r"\lceil \text{sparsity} \cdot \text{rows} \rceil\ \text{zeros},\quad \text{in each column}",
        "Martens 2010, Deep learning via Hessian-free optimization",
        "Each input (column) reaches few units.",
        (
            Option("sparsity", 0.1, 0.0, 1.0, help="Share of zeros in each column, rounded up."),
            _finite("std", 0.01, "Standard deviation of the others.", low=0.0),
        ),
    ),
    Scheme(
        "constant",
        "Constant",
        r"W = \text{val}",
        "torch.nn.init.constant_",
        "Biases. On weights it makes all units of a layer identical, and they stay so.",
        (_finite("val", 0.0, "The value."),),
        random=False,
    ),
    Scheme("zeros", "Zeros", r"W = 0", "torch.nn.init.zeros_", "Biases.", random=False),
    Scheme("ones", "Ones", r"W = 1", "torch.nn.init.ones_", "Scales of normalization layers.", random=False),
    Scheme(
        "eye",
        "Identity",
        r"W_{ij} = [i = j]",
        "torch.nn.init.eye_",
        "Linear layers that start by passing their input on.",
        random=False,
    ),
    Scheme(
        "dirac",
        "Dirac delta",
        r"W_{o,i,k} = [o = i,\ k = \text{center}],\quad \text{in each group}",
        "torch.nn.init.dirac_",
        "Convolutions that start by passing their channels on.",
        (Option("groups", 1, 1, 4096, help="Groups of the convolution; must divide the output channels."),),
        random=False,
    ),
)

#: Every scheme by name, in the order a person meets them.
SCHEMES: dict[str, Scheme] = {scheme.name: scheme for scheme in _ALL}


def resolve_options(scheme: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """Complete, checked options of a scheme in its own order, torch's defaults filled in.

    Raises:
        ValueError: unknown scheme or option, a value of the wrong type, out of bounds or not among the choices.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"there is no scheme {short(scheme)}; choose one of {', '.join(SCHEMES)}")
    options = SCHEMES[scheme].options
    unknown = set(given) - {option.name for option in options}
    if unknown:
        takes = ", ".join(option.name for option in options) or "no options"
        raise ValueError(f"{scheme} has no option {short(min(unknown))}; it takes {takes}")
    resolved = {option.name: _checked(scheme, option, given.get(option.name, option.default)) for option in options}
    if scheme in {"uniform", "trunc_normal"} and not _number(resolved["a"]) < _number(resolved["b"]):
        raise ValueError(f"{scheme} needs a below b, but a is {resolved['a']} and b is {resolved['b']}; exchange them")
    if scheme == "trunc_normal":
        _check_truncation(*(_number(value) for value in resolved.values()))
    return resolved


def _check_truncation(mean: float, std: float, a: float, b: float) -> None:
    """Refuse bounds that hardly any draw would meet; torch redraws until every value lies between them.

    Where at most 0.3 of the distribution lies between the bounds, torch draws from U(a, b) and accepts by density
    relative to its peak there; the mean acceptance is at most Mills' ratio times std / (b - a).
    """
    inside = (erf((b - mean) / std / sqrt(2)) - erf((a - mean) / std / sqrt(2))) / 2
    outside = max(a - mean, mean - b, 0.0) / std
    accepted = min(sqrt(pi / 2), 1 / outside if outside else inf) * std / (b - a)
    if inside <= 0.3 and accepted < _FEWEST_ACCEPTED:
        raise ValueError(
            f"trunc_normal would redraw nearly every value: mean {mean:g} lies {outside:g} std outside {a:g} to {b:g}; "
            "move mean between the bounds, or bring std and their distance closer"
        )


def _checked(scheme: str, option: Option, value: Value) -> Value:
    what = f"option {option.name} of {scheme}"
    if option.choices:
        if value not in option.choices:
            raise ValueError(f"{what} is {short(value)}; choose one of {', '.join(option.choices)}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} is {short(value)}; it needs a number")
    if isinstance(option.default, int) and not isinstance(value, int):
        raise ValueError(f"{what} is {short(value)}; it needs a whole number")
    low, high = option.low, option.high
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise ValueError(f"{what} is {short(value)}; it must lie between {low:g} and {high:g}")
    return value if isinstance(option.default, int) else float(value) + 0.0  # -0.0 equals 0.0 but is other text


def _number(value: Value) -> float:
    assert isinstance(value, int | float), "bounds of a distribution are numbers"  # noqa: S101 (for the checker)
    return value


def initialize(tensor: "Tensor", scheme: str, options: Mapping[str, Value]) -> None:
    """Draw `scheme` into `tensor` in place, from the global random stream, as `torch.nn.init.<scheme>_` does.

    Example:
        >>> import torch
        >>> weight = torch.empty(2, 3)
        >>> initialize(weight, "constant", {"val": 0.5})
        >>> weight
        tensor([[0.5000, 0.5000, 0.5000],
                [0.5000, 0.5000, 0.5000]])
    """
    from torch.nn import init

    getattr(init, SCHEMES[scheme].function)(tensor, **options)


def refusal(tensor: "Tensor", scheme: str, options: Mapping[str, Value]) -> str | None:
    """Why `scheme` cannot apply to `tensor`, in torch's own words, or None when it can.

    The scheme runs on stand-ins: one of the same shape without data, one of the same dtype with few elements; of an
    empty, an expanded (its rows are one row) or a sparse tensor, on a twin. Neither the tensor nor the random stream is
    touched.
    """
    import torch
    from torch.nn.parameter import is_lazy

    if is_lazy(tensor):
        return "it is uninitialized until the first forward pass; run one first"
    if tensor.is_meta:
        return "it is on the meta device and holds no data"
    groups = options.get("groups", 1)
    tiny = torch.empty(
        (groups if isinstance(groups, int) else 1, *(1,) * (tensor.dim() - 1)) if tensor.dim() else (),
        dtype=tensor.dtype,
    )
    stand_ins = [torch.empty(tensor.shape, dtype=tensor.dtype, device="meta"), tiny]
    if tensor.layout != torch.strided:
        stand_ins = [tensor.detach().clone()]
    elif not tensor.numel() or any(n > 1 and not step for n, step in zip(tensor.shape, tensor.stride(), strict=True)):
        stand_ins = [torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype)]
    with torch.random.fork_rng(devices=[]):
        for stand_in in stand_ins:
            try:
                initialize(stand_in, scheme, options)
            except (ValueError, RuntimeError, ArithmeticError, IndexError) as error:
                return error_line(error).rstrip(".")
    return None
