"""Why an init wrote to nothing: what its text asks for in vain is named, and otherwise only what it was given."""

from dataclasses import replace

import pytest

from core.recipe.recipe import Recipe
from tests.code.written import run_of, step

OF_MODULE, OF_NET = "def f(m):\n    ", "def f(net):\n    for name, p in net.named_parameters():\n        "


HAS, ENDS, CLASS = "if hasattr(m, 'weigth'):", "if name.endswith('.weigth'):", "m.__class__.__name__.find('Conv') > 0"
DRAW, EACH = " nn.init.ones_(m.weight)", " nn.init.ones_(p)"


@pytest.mark.parametrize(
    ("code", "reason", "cure"),
    [
        (f"{OF_MODULE}pass", "its body is empty", "write in place"),
        (f'{OF_MODULE}"""Does nothing."""', "its body is empty", "write in place"),
        (f"{OF_MODULE}{HAS}{DRAW}", "line 2 asks for the attribute 'weigth', which no module", "mean 'weight'?"),
        (f"{OF_MODULE}w = getattr(m, 'biass', None)\n    if w: w.zero_()", "the attribute 'biass'", "mean 'bias'?"),
        (f"{OF_NET}if 'conv' in name:{EACH}", "line 3 looks for 'conv', which is in no name", "0.weight, 0.bias"),
        (f"{OF_NET}{ENDS}{EACH}", "line 3 looks for '.weigth'", "did you mean 'weight'?"),
        (f"{OF_MODULE}if {CLASS}:{DRAW}", "looks for 'Conv'", "0.weight"),
        (f"{OF_MODULE}if isinstance(m, nn.Conv2d):{DRAW}", "the rule never matched", "nn.Linear"),
        (f"{OF_MODULE}if len([*m.parameters()]) > 99:{DRAW}", "no call wrote to anything", "by print"),
        (f"{OF_MODULE}if not hasattr(m, 'training'):{DRAW}", "no call wrote to anything", "by print"),
        (f"{OF_MODULE}if m is None and not hasattr(m, 'gamma'):{DRAW}", "no call wrote to anything", "by print"),
    ],
)
def test_what_an_init_that_never_wrote_asked_for(code: str, reason: str, cure: str) -> None:
    fates = {fate.name: fate for fate in run_of(Recipe("mlp", steps=(step(code),))).fates}
    assert reason in fates["0.weight"].reason
    assert cure in fates["0.weight"].cure
    types = "isinstance" in code
    assert ("type(m) ==" in fates["0.weight"].cure) == types
    assert "2 Linear" in fates["0.weight"].reason or OF_NET in code


def test_an_init_that_asks_parameters_for_what_modules_have_is_told_to_take_modules() -> None:
    asks = replace(step("def f(x):\n    if hasattr(x, 'weight'): x.weight.zero_()"), applies_to="tensors")
    (fate, *_) = run_of(Recipe("mlp", steps=(asks,))).fates
    assert "the attribute 'weight', which no tensor has" in fate.reason
    assert "every module" in fate.cure
