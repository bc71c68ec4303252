"""Running a person's file so that what it declares may calculate with a tensor's shape, `1 / math.sqrt(fan_in)`.

Python's own functions take numbers, and `fan_in` is none before there is a tensor. So a call in a line that declares
goes through `core.recipe.declared_numbers.called`, which leaves it as it is unless it is about such a term.
"""

import ast
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType

from ..recipe.declared_code import target_of
from ..recipe.declared_numbers import called
from ..recipe.expects import NAMES

_CALLED = "_called_in_expects"


class DeclaringLoader(SourceFileLoader):
    """Loads a file as Python does, the words of declarations being there without an import; keeps no bytecode of it."""

    def get_code(self, fullname: str) -> CodeType:
        """The file's code, with the calls in its declarations led through `called`."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        for statement in ast.walk(tree):
            if isinstance(statement, ast.stmt) and target_of(statement) is not None:
                _Calls().visit(statement)
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        """Run the file in the module."""
        vars(module).update(NAMES)
        vars(module)[_CALLED] = called
        super().exec_module(module)


class _Calls(ast.NodeTransformer):
    """`f(x)` becomes `called(f, x)`."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """A call, and those in it."""
        self.generic_visit(node)
        through = ast.Name(_CALLED, ast.Load())
        return ast.copy_location(ast.Call(through, [node.func, *node.args], node.keywords), node)
