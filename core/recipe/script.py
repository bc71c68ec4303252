"""The Python a person would have typed for a recipe; it needs torch and nothing of ours.

Written as text from the recipe alone, without torch, so that a page can show it beside everything a click does.
"""

from collections.abc import Sequence

from ..text import plain
from . import catalog
from .checkpoint_name import digest_of
from .expression import quoted
from .own_names import apart, free, model_stands_apart
from .preamble import declaring, from_file
from .recipe import Recipe
from .seeding import model_seeding, seeding
from .step_code import MODEL_NAMES, needs, of_the_model, step_code
from .unseeded import NEVER_WRITTEN, unrepeatable

#: What a model's code finds without importing it, as `core.code.running.namespace` gives it.
_SOURCE_IMPORTS = "import math\nimport torch\nfrom torch import nn\nfrom torch.nn import functional as F"
#: Those of them that the text of `containers` lacks.
_MORE_IMPORTS = "import math\nfrom torch.nn import functional as F"
#: So many characters of a person's expression are named in a comment, and what that means.
_LONGEST, _NO_PROMISE = 60, "so that no two runs need give the same bytes"
#: Makes sums and decompositions independent of how many cores share them out.
_ONE_THREAD = "torch.set_num_threads(1)  # the last bits of a sum depend on how many threads share it"


def to_script(recipe: Recipe, unwritten: Sequence[str] = ()) -> str:
    """Python text that leaves the model in `net`, bit-equal to `core.replay(recipe)`.

    What it cannot repeat is said in its first lines: what its code takes from chance, and `unwritten`, the tensors that
    nobody wrote, where their names are known.

    Example:
        >>> from core import Edit, Recipe
        >>> script = to_script(Recipe("mlp").then(Edit("0.bias", "w[0] = 2.5")))
        >>> print(script[script.index("torch.manual_seed") :].rstrip())
        torch.manual_seed(0)
        net = mlp()
        <BLANKLINE>
        with torch.no_grad():
            w = net[0].bias
            w[0] = 2.5
    """
    if why := unscripted(recipe):
        return f"raise SystemExit({quoted(f'There is no script: {why}.')})\n"
    parts = [_warnings(recipe, unwritten), _imports(recipe), *_definition(recipe), build_code(recipe)]
    parts.extend(step_code(step, recipe) for step in recipe.steps)
    return "\n\n".join(part for part in parts if part) + "\n"


def unscripted(recipe: Recipe) -> str:
    """Why no script stands for the recipe, in a sentence without its end; "" where one does."""
    if not catalog.is_checkpoint(recipe.model):
        return ""
    held = catalog.checkpoint(recipe.model)
    return "the checkpoint that it loads is not here" if held is None else held.unscripted


def model_source(recipe: Recipe) -> str:
    """The text that defines the model, its batch and its loss."""
    if catalog.is_own(recipe.model):
        return f"{_SOURCE_IMPORTS}\n\n{_own_import(recipe)}\n"
    if recipe.source is None:
        return catalog.source(recipe.model)
    return f"{_SOURCE_IMPORTS}\n\n{_own_code(recipe)}\n"


def build_code(recipe: Recipe) -> str:
    """The lines that build the model: the seed and the call, with the arguments that differ from the defaults."""
    if recipe.source is not None:
        return f"{model_seeding(recipe.seed, recipe)}\nnet = {of_the_model(recipe.source.entry, recipe)}()"
    if catalog.is_checkpoint(recipe.model):
        return "net = containers(tensors)"
    defaults = {argument.name: argument.default for argument in catalog.known()[recipe.model].arguments}
    changed = ", ".join(f"{name}={value!r}" for name, value in recipe.arguments if value != defaults[name])
    builder = recipe.model.rpartition(":")[2]
    built = f"copy.deepcopy({builder})" if catalog.known()[recipe.model].is_net else f"{builder}({changed})"
    return f"{model_seeding(recipe.seed, recipe)}\nnet = {built}"


def _definition(recipe: Recipe) -> list[str]:
    """What defines the model, with the threads and seeds that its code starts from as it is read.

    A file of the operator's is read once, from the seed 0, and what it sets is undone; other code from the recipe's.
    """
    if recipe.source is not None:
        seeds = model_seeding(recipe.seed, recipe)
        return [_SOURCE_IMPORTS, _ONE_THREAD, f"{seeds}\n{_own_code(recipe)}"]
    if catalog.is_own(recipe.model):
        return [_SOURCE_IMPORTS, f"{seeding(0, recipe)}\n{_own_import(recipe)}", _ONE_THREAD]
    if catalog.is_checkpoint(recipe.model):
        source = catalog.source(recipe.model).strip()
        return [f"{_MORE_IMPORTS}\n{source}", _loading(recipe.model), _ONE_THREAD]
    rounds = any(step.rounds for step in recipe.steps)
    return [catalog.source(recipe.model).strip(), _ONE_THREAD if rounds else ""]


def _loading(name: str) -> str:
    """The lines that load a checkpoint, and its SHA-256, by which anybody can tell whether it is the same."""
    held = catalog.checkpoint(name)
    assert held is not None  # noqa: S101 (there is no script otherwise)
    return f"# SHA-256 {digest_of(name)}\n{held.loading}"


def _warnings(recipe: Recipe, unwritten: Sequence[str]) -> str:
    """What the script cannot repeat, said before it."""
    more = f" and {len(unwritten) - 1} more" if len(unwritten) > 1 else ""
    held = [f"# {plain(name, _LONGEST)}{more}: never written, {NEVER_WRITTEN}, {_NO_PROMISE}" for name in unwritten[:1]]
    return "\n".join(
        [
            *held,
            *(
                f"# line {found.line} of {whose}: {plain(found.text, _LONGEST)} {found.why}, {_NO_PROMISE}"
                for whose, found in unrepeatable(recipe)
            ),
        ]
    )


def _own_code(recipe: Recipe) -> str:
    assert recipe.source is not None  # noqa: S101 (for the checker)
    code = declaring(recipe.source.code)
    return apart(code, free(MODEL_NAMES, recipe)) if model_stands_apart(recipe) else code


def _own_import(recipe: Recipe) -> str:
    functions = {function for step in recipe.steps for function in needs(step, recipe).functions}
    return from_file(recipe.model, *sorted(functions))


def _imports(recipe: Recipe) -> str:
    wanted = {line for step in recipe.steps for line in needs(step, recipe).imports}
    if recipe.source is None and catalog.entry(recipe.model).is_net:
        wanted.add("import copy")
    return "\n".join(sorted(wanted, key=lambda line: (line.startswith("from"), line)))
