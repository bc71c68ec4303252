"""Schemes that draw nothing: constants, the identity, the Dirac delta."""

from math import prod

from ...text import number
from .distribution import Atom, Distribution, constant
from .promise import Exactly, Promise, Shape
from .scheme import Option, Scheme, number_option


def _constant(_shape: Shape, val: float) -> Promise:
    return Promise(constant(val), (f"every value is {number(val)}",), Exactly("constant", val))


def _zeros(shape: Shape) -> Promise:
    return _constant(shape, 0.0)


def _ones(shape: Shape) -> Promise:
    return _constant(shape, 1.0)


def _eye(shape: Shape) -> Promise:
    if len(shape) != 2:
        raise ValueError(f"eye needs two axes, but the shape is {shape}")
    ones = min(shape)
    return _zeros_and_ones("identity", shape, ones, f"{ones} ones on the diagonal", Exactly("eye"))


def _dirac(shape: Shape, groups: int) -> Promise:
    if len(shape) not in (3, 4, 5):
        raise ValueError(f"dirac needs three to five axes, but the shape is {shape}")
    if shape[0] % groups:
        raise ValueError(f"dirac needs groups that divide the {shape[0]} output channels, but groups is {groups}")
    ones = groups * min(shape[0] // groups, shape[1])
    numbers = f"{groups} · min({shape[0] // groups}, {shape[1]}) = {ones}"
    line = f"ones = groups · min(out / groups, size(1)) = {numbers}"
    return _zeros_and_ones("Dirac delta", shape, ones, line, Exactly("dirac", groups=groups))


def _zeros_and_ones(label: str, shape: Shape, ones: int, line: str, structure: Exactly) -> Promise:
    size = prod(shape)
    share = ones / size if size else 0.0
    atoms = tuple(Atom(value, p) for value, p in ((0.0, 1 - share), (1.0, share)) if p > 0)
    mean = f"mean = {ones} / {size} = {number(share)}"
    return Promise(Distribution(label, atoms=atoms), (line, mean), structure)


FAMILY = (
    Scheme(
        "constant",
        "Constant",
        r"W = \text{val}",
        "torch.nn.init.constant_",
        "Biases. On weights it makes all units of a layer identical, and they stay so.",
        _constant,
        (number_option("val", 0.0, "The value.", required=True),),
        random=False,
        usual=(),  # a tensor of one value tells which constant it is
    ),
    Scheme("zeros", "Zeros", r"W = 0", "torch.nn.init.zeros_", "Biases.", _zeros, random=False),
    Scheme("ones", "Ones", r"W = 1", "torch.nn.init.ones_", "Scales of normalization layers.", _ones, random=False),
    Scheme(
        "eye",
        "Identity",
        r"W_{ij} = [i = j]",
        "torch.nn.init.eye_",
        "Linear layers that start by passing their input on.",
        _eye,
        random=False,
    ),
    Scheme(
        "dirac",
        "Dirac delta",
        r"W_{o,i,k} = [o = i,\ k = \text{center}],\quad \text{in each group}",
        "torch.nn.init.dirac_",
        "Convolutions that start by passing their channels on.",
        _dirac,
        (
            Option(
                "groups",
                1,
                1,
                4096,
                help="Groups of the convolution; must divide the output channels.",
                of_module=True,
            ),
        ),
        random=False,
    ),
)
