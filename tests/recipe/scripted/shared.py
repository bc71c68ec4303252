"""Code whose names stand for something else around it."""

from core.recipe.steps import Custom, Edit, Forward, Initialize, Subtree, Untie
from tests.recipe.scripted.making import ALL, RUN, WEIGHTS, init, model, text

_GLOBALS = """
X, y, name, parameter, w, m, optimizer, init, _ = 2.0, 3.0, "a", 4.0, 5.0, 6.0, 7.0, 8.0, 9.0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, inputs):
        return self.layer(inputs) * X + y + len(name) + parameter + w + m + optimizer + init + _
"""
_HOOK = """
import random

FACTOR = {}


def hook(module, inputs, output):
    return output * FACTOR + random.random()


def my_init(m):
    if isinstance(m, nn.Linear):
        m.register_forward_hook(hook)
"""
#: Names that stand for one thing in a person's code, and for another around it.
SHARED_NAMES = {
    "globals X, y, name, parameter": model(
        _GLOBALS,
        ALL,
        WEIGHTS,
        Initialize("uniform", Subtree("", "", "b*"), seed=8),
        Edit("layer.weight", "w += 1; w[0] = w[1] * 2"),
        init(
            """
        parameter = 3.0
        def fill_(w):
            w.fill_(parameter)
        """
        ),
        *RUN,
        Forward(2),
        entry="Net",
    ),
    "modules under other names, and functions under theirs": model(
        """
        from random import random
        import torch as t
        import numpy.random as numpy
        from copy import deepcopy as copy
        fnmatchcase = 3
        NOISE = random() + numpy.rand()

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = copy(nn.Linear(4, 4))
                self.second = self.layer
            def forward(self, x):
                return self.layer(x) + random() + numpy.rand() + fnmatchcase + t.rand(4) + NOISE
        """,
        Untie("second"),
        *RUN,
        entry="Net",
    ),
    "nn, torch and F that are something else": model(
        """
        import torch.nn.functional as nn
        from torch.nn import Linear
        F = 64
        math = 2.0
        torch_ = torch

        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = Linear(4, 4)
            def forward(self, x):
                return nn.relu(self.layer(x)) + F * math
        """,
        Edit("layer.weight", "w[0] = pi"),
        init(
            """
        def my_init_(w):
            w.copy_(F.softsign(w) * math.pi)
            nn.init.normal_(w)
        """
        ),
        *RUN,
        entry="Net",
        runs="""
        def batch(size):
            return torch.rand(size, 4), torch.rand(size, 4)

        def loss(output, target):
            return ((output - target) ** 2).mean()
        """,
    ),
    "Python's own names that are something else": model(
        """
        def print(*_):
            pass

        def type(x):
            return 3

        range = sum = setattr = abs = None

        def build():
            print('built')
            return nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        """,
        init(
            """
        def my_init_(w):
            w.fill_(sum([1, 2]) + abs(-1))
            print(type(w), list(range(3)))
        """
        ),
        Edit("0.weight", "w *= abs(w) >= 0.1"),
        *RUN,
    ),
    "star imports": model(
        """
        from math import *
        from torch.nn import *

        def build():
            return Sequential(Linear(4, int(sqrt(16))), ReLU())
        """,
        init(
            """
        from numpy import *
        for p in net.parameters():
            p.data *= float(abs(-2.0))
        """
        ),
        Edit("0.weight", "w = abs(w) * pi"),
        *RUN,
    ),
    "future annotations and dataclasses": model(
        """
        from __future__ import annotations

        from dataclasses import dataclass

        @dataclass(frozen=True)
        class Config:
            width: int = 4
            other: Config | None = None

        def build(config: Config = Config()) -> Unknown:
            return nn.Sequential(nn.Linear(4, config.width))
        """,
        init(
            """
            from __future__ import annotations
            def my_init(m: Unknown):
                if isinstance(m, nn.Linear): nn.init.normal_(m.weight)
            """
        ),
        *RUN,
    ),
    "a main block, globals() and a global statement": model(
        """
        calls = 0
        SCALE = 1.0

        def build():
            global calls
            calls += 1
            nn.init.normal_((net := nn.Linear(4, 4)).weight)
            net.bias.data.fill_(calls + SCALE + globals()['SCALE'])
            return net

        if __name__ == '__main__':
            SCALE = 5.0
        """,
        *RUN,
    ),
    "an init that rebinds net": model(
        """
        def build():
            return nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        """,
        Custom(
            text(
                """
        for p in net.parameters():
            nn.init.normal_(p)
        net = None
        """
            ),
            "",
            "statements",
            seed=5,
        ),
        *RUN,
    ),
    "inits that bind what the model uses": model(
        """
        def scale(x):
            return x * 2

        WIDTH = 4

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(WIDTH, WIDTH)
            def forward(self, x):
                return scale(self.layer(x)) * WIDTH
        """,
        Custom(
            text(
                """
        def scale(m):
            if isinstance(m, nn.Linear): nn.init.ones_(m.weight)
        """
            ),
            "scale",
            "modules",
        ),
        Custom(
            text(
                """
        WIDTH = 7.0
        for p in net.parameters(): p.data.fill_(WIDTH)
        """
            ),
            "",
            "statements",
        ),
        Custom(
            text(
                """
            def batch(m):
                for p in m.parameters(recurse=False): nn.init.normal_(p)
            """
            ),
            "batch",
            "modules",
            seed=3,
        ),
        Custom(
            text(
                """
        def loss(w):
            w += torch.rand_like(w)
        """
            ),
            "loss",
            "tensors",
            seed=4,
        ),
        *RUN,
        entry="Net",
    ),
    "inits that leave hooks, one after the other": model(
        """
        def build():
            return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
        """,
        *(
            Custom(
                _HOOK.format(factor),
                "my_init",
                "modules",
                seed=factor,
            )
            for factor in (2, 3, 3)
        ),
        Custom(
            text(
                """
        FACTOR = 10
        hook = None
        for p in net.parameters(): p.data += FACTOR
        """
            ),
            "",
            "statements",
        ),
        *RUN,
    ),
    "an entry of a name that the lines around use": model(
        """
        class X(nn.Linear):
            def __init__(self):
                super(X, self).__init__(4, 4)
            def forward(self, x):
                return super(X, self).forward(x)
        """,
        ALL,
        *RUN,
        Forward(3),
        entry="X",
    ),
}
