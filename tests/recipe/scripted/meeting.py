"""Inits whose names meet the model's, each other's, or words of declarations."""

from core.recipe.steps import Custom, Forward
from tests.recipe.scripted.making import ALL, RUN, init, model, text

_HOOK = """
import random

FACTOR = {}


def hook(module, inputs, output):
    return output * FACTOR + random.random()


def my_init(m):
    if isinstance(m, nn.Linear):
        m.register_forward_hook(hook)
"""
#: Code after code in one script.
MEETING_NAMES = {
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
    "future imports and declarations, on a function too": model(
        """
        from __future__ import annotations
        expects = {"*": normal(0, 1 / sqrt(fan_in))}

        def build() -> Unknown:
            return nn.Linear(4, 4)
        """,
        init(
            """
            from __future__ import annotations
            expects = {"*.weight": normal(0, 0.02)}

            def my_init(m):
                nn.init.normal_(m.weight, std=0.02)

            my_init.expects = {"weight[0]": zeros()}
            """
        ),
        *RUN,
    ),
    "declared words that are functions of the model": model(
        """
        def zeros(x):
            return x * 0.5

        class Net(nn.Linear):
            def __init__(self):
                super().__init__(4, 4)
            def forward(self, x):
                return zeros(super().forward(x))
        """,
        init(
            """
            expects = {"*": normal(0, 0.02), "bias": zeros()}

            def my_init(m):
                nn.init.normal_(m.weight, std=0.02)
            """
        ),
        *RUN,
        entry="Net",
    ),
    "F that is a number to the model and torch's to an init that stands apart": model(
        """
        F = 0.5

        class Net(nn.Linear):
            def __init__(self):
                super().__init__(4, 4)
            def forward(self, x):
                return super().forward(x) * F
        """,
        init(
            """
            from math import *
            def my_init_(w):
                w.copy_(F.softsign(w) * pi)
            """
        ),
        *RUN,
        entry="Net",
        runs="""
        def batch(size):
            return torch.rand(size, 4), torch.rand(size, 4)

        loss = nn.functional.mse_loss
        """,
    ),
}
