"""Random schemes of a whole matrix, whose values are not independent: orthogonal and sparse."""

from dataclasses import replace
from math import ceil, prod, sqrt

from ...text import number
from .distribution import constant, mixed, normal, sphere_coordinate
from .promise import Exactly, Orthogonal, Promise, Shape, ZerosInColumns
from .scheme import GAIN, Option, Scheme, number_option


def _orthogonal(shape: Shape, gain: float) -> Promise:
    if len(shape) < 2:
        raise ValueError(f"orthogonal needs two axes or more, but the shape is {shape}")
    rows, columns = shape[0], prod(shape[1:])
    longest, shortest = max(rows, columns), min(rows, columns)
    if not shortest:
        raise ValueError(f"a tensor of shape {shape} has no elements; orthogonal needs some")
    product = "W Wᵀ" if rows <= columns else "Wᵀ W"
    g = number(gain)
    lines = (
        f"{product} = gain² · I = {number(gain**2)} · I, {shortest} × {shortest}: all singular values are {g}",
        f"RMS = gain / sqrt(max(rows, columns)) = {g} / sqrt({longest}) = {number(gain / sqrt(longest))}, not random",
    )
    distribution = replace(sphere_coordinate(gain, longest), label=f"orthogonal, gain {g}")
    return Promise(distribution, lines, Orthogonal(gain))


def _sparse(shape: Shape, sparsity: float, std: float) -> Promise:
    if len(shape) != 2:
        raise ValueError(f"sparse needs two axes, but the shape is {shape}")
    rows, zeros = shape[0], ceil(sparsity * shape[0])
    share = zeros / rows if rows else 0.0
    count = f"zeros a column = ceil(sparsity · rows) = ceil({number(sparsity)} · {rows}) = {zeros}"
    total = f"std of all = std · sqrt(1 - {zeros} / {rows}) = {number(std * sqrt(1 - share))}"
    if share == 1 or std == 0:
        return Promise(constant(0.0), (count,), Exactly("constant", 0.0))
    others = normal(0.0, std)
    distribution = mixed((share, constant(0.0)), (1 - share, others)) if zeros else others
    return Promise(distribution, (count, total), ZerosInColumns(zeros))


FAMILY = (
    Scheme(
        "orthogonal",
        "Orthogonal",
        r"W W^\top = \text{gain}^2 I,\quad \text{or}\ \ W^\top W = \text{gain}^2 I",
        "Saxe et al. 2013, Exact solutions to the nonlinear dynamics of learning in deep linear networks",
        "Deep or recurrent nets: every singular value is the gain, so signals keep their length.",
        _orthogonal,
        (GAIN,),
        usual=tuple({"gain": gain} for gain in (1.0, sqrt(2), 5 / 3)),
        decomposes=True,
    ),
    Scheme(
        "sparse",
        "Sparse",
        r"W_{ij} \sim N(0, \text{std}^2),\quad "
        r"\lceil \text{sparsity} \cdot \text{rows} \rceil\ \text{zeros},\quad \text{in each column}",
        "Martens 2010, Deep learning via Hessian-free optimization",
        "Each input (column) reaches few units.",
        _sparse,
        (
            Option("sparsity", 0.1, 0.0, 1.0, help="Share of zeros in each column, rounded up.", required=True),
            number_option("std", 0.01, "Standard deviation of the others.", low=0.0),
        ),
    ),
)
