"""Carrying out an edit formula on a tensor, in place, so that every name of the tensor sees it."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from ..recipe import edit_formula
from ..text import error_line

_Operand = Tensor | int | float

_BINARY: dict[type[ast.operator], tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    ast.Add: (operator.add, operator.iadd),
    ast.Sub: (operator.sub, operator.isub),
    ast.Mult: (operator.mul, operator.imul),
    ast.Div: (operator.truediv, operator.itruediv),
    ast.FloorDiv: (operator.floordiv, operator.ifloordiv),
    ast.Mod: (operator.mod, operator.imod),
    ast.Pow: (operator.pow, operator.ipow),
    ast.BitAnd: (operator.and_, operator.iand),
    ast.BitOr: (operator.or_, operator.ior),
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_MAX_POWER_BITS = 1024


def edit(tensor: Tensor, text: str) -> None:
    """Carry out the formula `text` on `tensor`, in place and without autograd; all of it or nothing.

    Raises:
        ValueError: the formula is not one, or torch cannot compute it; one sentence with torch's reason.
    """
    assignments = edit_formula.parse(text)
    before = tensor.detach().clone()
    with torch.no_grad():
        try:
            for assignment in assignments:
                _assign(tensor, assignment)
        except (RuntimeError, IndexError, TypeError, ArithmeticError, ValueError) as error:
            _restore(tensor, before)
            reason = error_line(error).rstrip(".")
            raise ValueError(f"{text.strip()!r} cannot be computed on shape {tuple(tensor.shape)}: {reason}") from None


def _restore(tensor: Tensor, before: Tensor) -> None:
    strides = tensor.stride() if tensor.layout == torch.strided else ()
    for axis, (size, stride) in enumerate(zip(tensor.shape, strides, strict=False)):
        if size > 1 and stride == 0:  # expanded: its rows are one row, and torch refuses to write it twice
            tensor, before = tensor.narrow(axis, 0, 1), before.narrow(axis, 0, 1)
    tensor.copy_(before)


def _assign(w: Tensor, assignment: edit_formula.Assignment) -> None:
    value = _value(assignment.value, w)
    if isinstance(value, int) and w.dtype == torch.uint64:  # torch takes Python's numbers for int64
        value = torch.tensor(value, dtype=w.dtype)
    if isinstance(assignment.value, ast.Subscript) and isinstance(value, Tensor):
        value = value.clone()  # the slice read may overlap the one written
    index: Any = ... if assignment.index is None else edit_formula.index_of(assignment.index)
    if assignment.operator is None:
        w[index] = value
    elif assignment.index is None:
        _BINARY[type(assignment.operator)][1](w, value)
    else:
        w[index] = _BINARY[type(assignment.operator)][1](w[index], value)


def _value(node: ast.expr, w: Tensor) -> _Operand:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id="w"):
            return w
        case ast.Name(id=constant):
            return float(getattr(math, constant))
        case ast.Subscript(slice=index):
            return w[edit_formula.index_of(index)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, w)
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            inverted: _Operand = operator.invert(cast("Any", _value(operand, w)))  # of a float: TypeError, reported
            return inverted
        case ast.BinOp(left=left, op=op, right=right):
            return _combine(op, _value(left, w), _value(right, w))
        case ast.Compare(left=left, ops=[compare], comparators=[right]):
            compared: _Operand = _COMPARE[type(compare)](_value(left, w), _value(right, w))
            return compared
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, [_value(argument, w) for argument in arguments])
    raise ValueError(f"{ast.unparse(node)} is not part of a formula")


def _combine(op: ast.operator, left: _Operand, right: _Operand) -> _Operand:
    power = right * left.bit_length() if isinstance(left, int) and isinstance(right, int) else 0
    if isinstance(op, ast.Pow) and power > _MAX_POWER_BITS:
        raise ValueError(f"{left} ** {right} is too large a number")
    combined: Any = _BINARY[type(op)][0](left, right)
    if type(combined) is complex:  # isinstance would take floats for complex in the checker's eyes
        raise ValueError(f"{left} ** {right} is not a real number")
    result: _Operand = combined
    return result


def _call(name: str, arguments: list[_Operand]) -> _Operand:
    if name == "abs":
        magnitude: _Operand = operator.abs(cast("Any", arguments[0]))
        return magnitude
    library = torch if any(isinstance(argument, Tensor) for argument in arguments) else math
    result: _Operand = getattr(library, name)(*arguments)
    return result
