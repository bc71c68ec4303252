"""Schemes whose spread follows from the fans: Xavier, Kaiming and LeCun."""

from math import sqrt

from ...text import number
from .distribution import normal, uniform
from .promise import Promise, Shape, fan_in_and_fan_out, fan_lines
from .scheme import GAIN, Option, Scheme, Value

_USUAL_GAINS: tuple[dict[str, Value], ...] = tuple({"gain": gain} for gain in (1.0, sqrt(2), 5 / 3))
#: What `gain_of` knows.
NONLINEARITIES = (
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
    Option("nonlinearity", "leaky_relu", choices=NONLINEARITIES, help="Decides the gain."),
)
_USUAL_KAIMING: tuple[dict[str, Value], ...] = (
    {},
    {"mode": "fan_out"},
    {"nonlinearity": "tanh"},
    {"nonlinearity": "selu"},
    {"a": sqrt(5)},
)


def gain_of(nonlinearity: str, slope: float = 0.01) -> float:
    """`torch.nn.init.calculate_gain`: the factor that makes up for what a nonlinearity takes from the std."""
    gains = {"tanh": 5 / 3, "relu": sqrt(2), "leaky_relu": sqrt(2 / (1 + slope**2)), "selu": 3 / 4}
    return gains.get(nonlinearity, 1.0)


def _fans(shape: Shape) -> tuple[int, int]:
    fans = fan_in_and_fan_out(shape)
    if 0 in fans:
        raise ValueError(f"a tensor of shape {shape} has a fan of 0; it needs an element for a scale")
    return fans


def _uniform(shape: Shape, bound: float, *lines: str) -> Promise:
    std = f"std = bound / sqrt(3) = {number(bound)} / sqrt(3) = {number(bound / sqrt(3))}"
    return Promise(uniform(-bound, bound), (*fan_lines(shape), *lines, std))


def _normal(shape: Shape, std: float, *lines: str) -> Promise:
    return Promise(normal(0.0, std), (*fan_lines(shape), *lines))


def _xavier_uniform(shape: Shape, gain: float) -> Promise:
    fan_in, fan_out = _fans(shape)
    bound = gain * sqrt(6 / (fan_in + fan_out))
    numbers = f"{number(gain)} · sqrt(6 / ({fan_in} + {fan_out})) = {number(bound)}"
    return _uniform(shape, bound, f"bound = gain · sqrt(6 / (fan_in + fan_out)) = {numbers}")


def _xavier_normal(shape: Shape, gain: float) -> Promise:
    fan_in, fan_out = _fans(shape)
    std = gain * sqrt(2 / (fan_in + fan_out))
    numbers = f"{number(gain)} · sqrt(2 / ({fan_in} + {fan_out})) = {number(std)}"
    return _normal(shape, std, f"std = gain · sqrt(2 / (fan_in + fan_out)) = {numbers}")


def _kaiming_gain(a: float, nonlinearity: str) -> tuple[float, str]:
    """The gain, and the line that says how it comes about."""
    gain = gain_of(nonlinearity, a)
    if nonlinearity == "leaky_relu":
        return gain, f"gain = sqrt(2 / (1 + a²)) = sqrt(2 / (1 + {number(a)}²)) = {number(gain)}"
    return gain, f"gain = {number(gain)} for {nonlinearity}"


def _kaiming_uniform(shape: Shape, a: float, mode: str, nonlinearity: str) -> Promise:
    fan, (gain, line) = _fans(shape)[mode == "fan_out"], _kaiming_gain(a, nonlinearity)
    bound = gain * sqrt(3 / fan)
    numbers = f"{number(gain)} · sqrt(3 / {fan}) = {number(bound)}"
    return _uniform(shape, bound, line, f"bound = gain · sqrt(3 / {mode}) = {numbers}")


def _kaiming_normal(shape: Shape, a: float, mode: str, nonlinearity: str) -> Promise:
    fan, (gain, line) = _fans(shape)[mode == "fan_out"], _kaiming_gain(a, nonlinearity)
    std = gain / sqrt(fan)
    return _normal(shape, std, line, f"std = gain / sqrt({mode}) = {number(gain)} / sqrt({fan}) = {number(std)}")


def _lecun_normal(shape: Shape) -> Promise:
    fan_in, _ = _fans(shape)
    std = 1 / sqrt(fan_in)
    return _normal(shape, std, f"std = 1 / sqrt(fan_in) = 1 / sqrt({fan_in}) = {number(std)}")


FAMILY = (
    Scheme(
        "xavier_uniform",
        "Xavier (Glorot) uniform",
        r"W \sim U(-a, a),\quad a = \text{gain}\,\sqrt{\frac{6}{\text{fan}_{in} + \text{fan}_{out}}}",
        "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
        "Layers followed by tanh, sigmoid or nothing: keeps variance between forward and backward needs.",
        _xavier_uniform,
        (GAIN,),
        usual=_USUAL_GAINS,
    ),
    Scheme(
        "xavier_normal",
        "Xavier (Glorot) normal",
        r"W \sim N(0, \sigma^2),\quad \sigma = \text{gain}\,\sqrt{\frac{2}{\text{fan}_{in} + \text{fan}_{out}}}",
        "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
        "As Xavier uniform, with Gaussian tails.",
        _xavier_normal,
        (GAIN,),
        usual=_USUAL_GAINS,
    ),
    Scheme(
        "kaiming_uniform",
        "Kaiming (He) uniform",
        r"W \sim U(-b, b),\quad b = \text{gain}\,\sqrt{\frac{3}{\text{fan}}}",
        "He et al. 2015, Delving deep into rectifiers",
        "Layers followed by ReLU. PyTorch's layers call it with a = √5, which gives b = 1/√fan_in.",
        _kaiming_uniform,
        _KAIMING,
        usual=(*_USUAL_KAIMING, {"nonlinearity": "linear"}),
    ),
    Scheme(
        "kaiming_normal",
        "Kaiming (He) normal",
        r"W \sim N(0, \sigma^2),\quad \sigma = \frac{\text{gain}}{\sqrt{\text{fan}}}",
        "He et al. 2015, Delving deep into rectifiers",
        "Layers followed by ReLU; the usual choice for convolutions.",
        _kaiming_normal,
        _KAIMING,
        usual=_USUAL_KAIMING,  # with nonlinearity="linear" it is LeCun's, below
    ),
    Scheme(
        "lecun_normal",
        "LeCun normal",
        r"W \sim N(0, \sigma^2),\quad \sigma = \frac{1}{\sqrt{\text{fan}_{in}}}",
        "LeCun et al. 1998, Efficient BackProp; Klambauer et al. 2017, Self-normalizing neural networks",
        "Layers followed by SELU, or by nothing: outputs keep the variance of their inputs.",
        _lecun_normal,
        torch_name="kaiming_normal_",
        fixed=(("nonlinearity", "linear"),),  # whose gain is 1
    ),
)
