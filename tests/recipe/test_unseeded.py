"""Code that draws from a stream no step seeds, or computes from chance, is found in its text, with its line."""

import pytest

from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import Custom, Source
from core.recipe.unseeded import chances, unrepeatable, unseeded
from tests.custom import GOOD
from tests.recipe.scripted import INPUTS


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import numpy as np\nrng = np.random.default_rng()", "default_rng()"),
        ("np.random.RandomState( )", "RandomState( )"),
        ("torch.seed()", "torch.seed()"),
        ("secrets.randbits(8)", "secrets.randbits"),
        ("rng = np.random.default_rng(0)\ntorch.manual_seed(3)\nrandom.seed(1)\nnp.random.seed(2)", ""),
        ("# default_rng()\nTEXT = 'torch.seed()'", ""),
        ("from time import time\nx = time()", ""),
        (GOOD, ""),
    ],
)
def test_what_draws_from_no_seed_is_found_in_the_text(code: str, found: str) -> None:
    assert unseeded(code) == found


@pytest.mark.parametrize(
    ("code", "line", "text", "why"),
    [
        ("import numpy as np\n\nrng = np.random.default_rng()", 3, "default_rng()", "starts anew"),
        ("from numpy.random import default_rng as rng\nx = rng(None)", 2, "rng(None)", "starts anew"),
        ("import random\nrandom.seed()", 2, "random.seed()", "starts anew"),
        ("import numpy\nnumpy.random.seed(None)", 2, "numpy.random.seed(None)", "starts anew"),
        ("g = torch.Generator()\ng.seed()", 2, "g.seed()", "starts anew"),
        ("import random\nr = random.SystemRandom()", 2, "random.SystemRandom", "starts anew"),
        ("import os\nx = os.urandom(4)", 2, "os.urandom", "starts anew"),
        ("from os import urandom\nx = urandom(4)", 2, "urandom", "starts anew"),
        ("import uuid\nx = uuid.uuid4()", 2, "uuid.uuid4", "starts anew"),
        ("import time\ndef f(w):\n    w.fill_(time.time())", 3, "time.time", "reads the clock"),
        ("from time import time_ns as now\nx = now()", 2, "now", "reads the clock"),
        ("import datetime\nx = datetime.datetime.now()", 2, "datetime.datetime.now", "reads the clock"),
        ("from datetime import datetime\nx = datetime.now()", 2, "datetime.now", "reads the clock"),
        ("torch.manual_seed(hash('head'))", 1, "hash('head')", "another number in each process"),
        ("def f(w):\n    w.fill_(id(w) % 7)", 2, "id(w)", "address in memory"),
        ("import os\nx = os.getpid()", 2, "os.getpid", "another in each process"),
        ("for name in {'a', 'b'}:\n    draw(name)", 1, "{'a', 'b'}", "order"),
        ("names = {'a', 'b'} | set(more)\nx = [draw(n) for n in list(names)]", 2, "list(names)", "order"),
        ("names = {'a', 'b'}\nfirst = names.pop()", 2, "names", "order"),
        ("first = next(iter({'a', 'b'}))", 1, "iter({'a', 'b'})", "order"),
        ("first = list(set(names))[0]", 1, "list(set(names))", "order"),
        ("first, *more = [*set(names)]", 1, "set(names)", "order"),
        ("key = ' '.join(set(names))", 1, "set(names)", "order"),
        ("w = torch.tensor(list(set(values)))", 1, "list(set(values))", "order"),
        ("from scipy.stats import qmc\nx = qmc.Sobol(2).random(1)", 2, "qmc.Sobol(2)", "starts anew"),
        ("from scipy.stats.qmc import LatinHypercube as L\nx = L(d=2)", 2, "L(d=2)", "starts anew"),
        ("from scipy.stats import qmc\nx = qmc.Halton(2, seed=None)", 2, "qmc.Halton(2, seed=None)", "starts anew"),
        ("import time\nx = time.process_time()", 2, "time.process_time", "reads the clock"),
        ("import time\nx = hash_of(time.ctime())", 2, "time.ctime()", "reads the clock"),
        ("import time\nx = time.strftime('%S')", 2, "time.strftime('%S')", "reads the clock"),
        ("import threading as t\nx = t.get_ident()", 2, "t.get_ident", "another in each process"),
        ("torch.set_num_threads(8)", 1, "torch.set_num_threads", "threads share sums"),
    ],
)
def test_what_cannot_be_repeated_is_said_with_its_line(code: str, line: int, text: str, why: str) -> None:
    (found,) = chances(code)
    assert (found.line, found.text) == (line, text)
    assert why in found.why


def test_a_script_says_so_before_anything_else_in_it() -> None:
    init = "import time\n\ndef my_init_(w):\n    w.fill_(time.time() % 1)"
    source = Source(
        "import numpy as np\nRNG = np.random.default_rng()\n\ndef build():\n    return nn.Linear(2, 2)", "build"
    )
    recipe = Recipe("code", steps=(Custom(init, "my_init_", "tensors"),), source=source)
    assert [(whose, found.line) for whose, found in unrepeatable(recipe)] == [
        ("the model's code", 2),
        ("the code of step 1", 4),
    ]
    no_promise = "so that no two runs need give the same bytes"
    assert to_script(recipe).splitlines()[:2] == [
        f"# line 2 of the model's code: default_rng() starts anew at each run, {no_promise}",
        f"# line 4 of the code of step 1: time.time reads the clock, {no_promise}",
    ]
    for names, told in ((("scale",), "scale"), (("scale", "shift", "x"), "scale and 2 more")):
        script = to_script(Recipe("mlp"), names)
        assert script.startswith(f"# {told}: never written, memory as it was found, {no_promise}\n")


def test_nothing_is_said_of_what_is_repeated_bit_for_bit() -> None:
    """Neither of the recipes whose bytes are compared, nor of the catalog's models."""
    for recipe in (*INPUTS.values(), *(Recipe(name, steps=model.opening) for name, model in MODELS.items())):
        assert unrepeatable(recipe) == ()
    for code in (
        "from scipy.stats import qmc\nqmc.Sobol(2, scramble=False), qmc.Sobol(2, seed=3), qmc.Halton(2, rng=RNG)",
        "import time\ntime.ctime(0), time.strftime('%S', moment), time.sleep(0)",
        "names = {'a': 1}\nnames.pop('a')\nstack = [1]\nstack.pop()\n"
        "len(set(names)), max({1.0, 2.0}), sorted(set(names))[0]",
        "torch.tensor([1, 2]).pop()\n', '.join(sorted(set(names)))\nprint({'a'})",
    ):
        assert chances(code) == ()
    assert chances("for i in {1, 2, 3}: pass\nx = 3 in {'a'}\nfor n in sorted({'a', 'b'}): pass") == ()
