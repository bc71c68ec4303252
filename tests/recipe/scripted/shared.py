"""Code whose names stand for something else around it."""

from core.recipe.steps import Edit, Forward, Initialize, Subtree, Untie
from tests.recipe.scripted.making import ALL, RUN, WEIGHTS, init, model

_GLOBALS = """
X, y, name, parameter, w, m, optimizer, init, _ = 2.0, 3.0, "a", 4.0, 5.0, 6.0, 7.0, 8.0, 9.0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, inputs):
        return self.layer(inputs) * X + y + len(name) + parameter + w + m + optimizer + init + _
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
}
