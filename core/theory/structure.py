"""What the values of a tensor fulfill together: orthogonality, zeros a column, equal rows, rank."""

import torch
from torch import Tensor, nn

from ..recipe.schemes.promise import Exactly, Fixed
from ..tensor.buffers import one_thread
from ..text import count
from .rounding import Grid

#: Above so many rows or columns, W Wᵀ is tested on random directions.
_WHOLE = 1024
_DIRECTIONS = 32
#: Of tensors with more elements, equal rows and rank are not looked for.
LOOKED_AT = 2**16
_RANKED = 256


@one_thread()
def orthogonality_error(tensor: Tensor, gain: float) -> float:
    """Largest deviation from W Wᵀ = gain² I (Wᵀ W where there are more rows), axes after the first flattened.

    Of a large matrix it is the largest over fixed random directions v of |W Wᵀ v - gain² v| / |v|, which sees any
    deviation that is not confined to a few rows.
    """
    flat = tensor.detach().reshape(tensor.shape[0], -1).double()
    if flat.shape[0] > flat.shape[1]:
        flat = flat.T
    size = flat.shape[0]
    if size <= _WHOLE:
        return float((flat @ flat.T - gain**2 * torch.eye(size, dtype=torch.float64)).abs().max())
    directions = torch.randn(size, _DIRECTIONS, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    directions /= directions.norm(dim=0)
    return float((flat @ (flat.T @ directions) - gain**2 * directions).norm(dim=0).max())


def orthogonality_tolerance(tensor: Tensor, gain: float, grid: Grid) -> float:
    """Deviation that rounding leaves: 1e-5 in single precision, and twice the last place of narrower numbers.

    Beside that, each number is off by up to half a step at zero, and a row of n by up to sqrt(n) times as much.
    """
    rows, columns = tensor.shape[0], tensor[0].numel()
    relative = gain**2 * (1e-5 + 2 * grid.step * (1 + max(tensor.shape) ** 0.5 / 64))
    off = grid.ticks / 2 * (rows**0.5 + columns**0.5)
    return float(relative + 2 * abs(gain) * off + off * off)


def zeros_in_columns(tensor: Tensor) -> Tensor:
    """How many zeros each column of a matrix has, int64 (columns,)."""
    return (tensor == 0).sum(0)


def ones_of(shape: torch.Size, structure: Exactly) -> Tensor:
    """Where an identity or a Dirac delta of that shape has its ones, bool of that shape."""
    wanted = torch.empty(shape)
    return (nn.init.eye_(wanted) if structure.kind == "eye" else nn.init.dirac_(wanted, structure.groups)).bool()


def places_of(shape: torch.Size, structure: Fixed) -> Tensor:
    """Where the one number stands in a tensor of that shape, bool of that shape."""
    row, column = torch.arange(shape[-2])[:, None], torch.arange(shape[-1])
    ahead = column - row - structure.diagonal
    found = {"above": ahead > 0, "below": ahead < 0, "on": ahead == 0, "off": ahead != 0}[structure.where]
    return found.expand(shape)


@one_thread()
def equal_rows(tensor: Tensor) -> int:
    """How many rows equal an earlier one, axes after the first flattened; 0 of a tensor that is too large to ask."""
    if tensor.dim() < 2 or not 0 < tensor.numel() <= LOOKED_AT:
        return 0
    return tensor.shape[0] - int(torch.unique(tensor.reshape(tensor.shape[0], -1), dim=0).shape[0])


@one_thread()
def rank(tensor: Tensor, groups: int = 1) -> tuple[int, int] | None:
    """Rank, and the largest it could have, axes after the first flattened; None of one that is too large to ask.

    A grouped convolution's weight is a block for each group: their ranks add up.
    """
    if tensor.dim() < 2 or not 0 < tensor.numel() <= LOOKED_AT or tensor.is_meta:
        return None
    blocks = tensor.detach().reshape(groups, tensor.shape[0] // groups, -1).double()
    smaller = min(blocks.shape[1:])
    if smaller > _RANKED or not bool(torch.isfinite(blocks).all()):
        return None
    return int(torch.linalg.matrix_rank(blocks).sum()), groups * smaller


def lamps(tensor: Tensor, zeros: int, negative_zeros: int) -> tuple[str, ...]:
    """A sentence for each thing about signs of zero, equal rows and rank that a look at a tensor alone should show.

    What it means in training depends on the model around it: `core.theory.symmetry`.
    """
    lit: list[str] = []
    if negative_zeros:
        lit.append(f"{negative_zeros:,} of {count(zeros, 'zero')} have a minus sign")
    equal, ranked = equal_rows(tensor), rank(tensor) if tensor.dim() == 2 else None
    if equal and zeros < tensor.numel():
        lit.append(f"{equal:,} of {tensor.shape[0]:,} rows repeat another")
    if ranked is not None and ranked[0] < ranked[1]:
        lit.append(f"rank {ranked[0]} of {ranked[1]}")
    return tuple(lit)
