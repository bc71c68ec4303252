"""The files that both doors are tried with: a model, and functions of every kind that may be an init."""

MODEL = """
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm = nn.Linear(30, 40), nn.LayerNorm(40)

def build():
    tied = nn.Sequential(nn.Embedding(50, 30), Block(), nn.Linear(40, 30), nn.Linear(30, 50))
    tied[3].weight = tied[0].weight
    return tied

def biasless():
    return nn.Sequential(nn.Linear(30, 40, bias=False), nn.Linear(40, 30, bias=False))

layer = nn.Linear(40, 30)
"""
INITS = """
import functools
import torch
from torch import nn
from torch.nn import Parameter
from torch.nn.init import xavier_uniform_

def of_modules(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0, 0.02)

def of_annotated_modules(m: nn.Module):
    of_modules(m)

def of_modules_called_x(x: nn.Module):
    of_modules(x)

def of_a_net(net):
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            nn.init.normal_(parameter, 0, 0.02)

def of_a_model(model: nn.Module):
    of_a_net(model)

def of_w(w):
    nn.init.normal_(w, 0, 0.02)

def by_its_name_(it):
    nn.init.normal_(it, 0, 0.02)

def of_tensors(it: torch.Tensor):
    nn.init.normal_(it, 0, 0.02)

def of_parameters(it: Parameter):
    nn.init.normal_(it, 0, 0.02)

def of_tensors_in_quotes(it: "torch.Tensor"):
    nn.init.normal_(it, 0, 0.02)

def of_a_list(m: nn.ParameterList):
    of_modules(m)

def with_defaults(m, std=0.02, *more, mean=0, **options):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, mean, std)

def all_default(m=None):
    of_modules(m)

def any_number(*modules):
    of_modules(*modules)

def with_std(std, m):
    with_defaults(m, std)

partial = functools.partial(with_std, 0.02)
partial_by_word = functools.partial(of_tensors, it=3)
of_lambda = lambda w: nn.init.normal_(w, 0, 0.02)
lambda_of_modules = lambda m: of_modules(m)

class Drawing:
    def __init__(self, std):
        self.std = std

    def __call__(self, m):
        with_defaults(m, self.std)

drawing = Drawing(0.02)

class Unready:
    def __call__(self, m):
        of_modules(m)

def through_data(m):
    if isinstance(m, nn.Linear):
        m.weight.data[:] = torch.randn_like(m.weight) * 0.02

def through_numpy(m):
    if isinstance(m, nn.Linear):
        m.weight.detach().numpy()[:] = 0.02

def writes_what_is_there(m):
    if isinstance(m, nn.Linear):
        with torch.no_grad():
            m.weight.copy_(m.weight.clone())

def biases_too(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0, 0.02)
        nn.init.zeros_(m.bias)

biases_too.expects = {"*.bias": zeros(), "*.weight": normal(0, 0.02)}

def forgets_biases(m):
    of_modules(m)

forgets_biases.expects = biases_too.expects

def declares_norms_apart(m):
    biases_too(m)

declares_norms_apart.expects = {"*norm.*": default(), "*.bias": zeros(), "*.weight": normal(0, 0.02)}

def misjudged(m):
    biases_too(m)

misjudged.expects = {"*": normal(0, 0.5)}

def draws_with_numpy(w):
    import numpy, random
    w.data[:] = torch.from_numpy(numpy.random.normal(random.random(), 0.02, tuple(w.shape)))

def in_place_with_gradients(m):
    if isinstance(m, nn.Linear):
        m.weight.mul_(2)

def empty_error(m):
    raise RuntimeError

def blank_error(m):
    raise RuntimeError("\\n\\nx")

class Unreadable(Exception):
    def __str__(self):
        raise ValueError

def unreadable_error(m):
    raise Unreadable

def replaces(m):
    if isinstance(m, nn.Linear):
        m.weight = nn.Parameter(torch.zeros(3, 3))

async def later(m):
    of_modules(m)

def two(m, n):
    of_modules(m)

number = 3
a_layer = nn.Linear(3, 3)
"""
STRINGS = """
from __future__ import annotations
import torch
from torch import nn

expects = normal(0, 0.02)

def of_tensors(it: torch.Tensor):
    nn.init.normal_(it, 0, 0.02)

def of_parameters(it: nn.Parameter | None):
    nn.init.normal_(it, 0, 0.02)

def of_modules(w: nn.Module):
    if isinstance(w, nn.Linear):
        nn.init.normal_(w.weight, 0, 0.02)
"""
#: Imports the model's own class from the file that builds it: both must be one class.
KNOWS_THE_BLOCK = """
from torch import nn
from two_doors_model import Block

def init(m):
    if isinstance(m, Block):
        nn.init.normal_(m.linear.weight, 0, 0.02)
"""
NAMES = [line.partition(" ")[2].partition("(")[0] for line in INITS.splitlines() if line.startswith("def ")]
NAMES += ["later", "partial", "partial_by_word", "of_lambda", "lambda_of_modules", "drawing", "Drawing", "Unready"]
NAMES += ["number", "a_layer", "missing", "xavier_uniform_"]
STRING_NAMES = ["of_tensors", "of_parameters", "of_modules"]
