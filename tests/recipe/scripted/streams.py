"""Code that draws from streams which no line of it names."""

from core.recipe.recipe import Recipe
from core.recipe.steps import Forward, Train
from tests.recipe.scripted.making import RUN, init, model

#: Draws from streams that no line of the code names.
DRAWS = {
    "scipy.stats, in the model and in an init": model(
        """
        import scipy.stats
        TABLE = torch.tensor(scipy.stats.norm.rvs(size=(4, 4)), dtype=torch.float32)

        class Net(nn.Linear):
            def __init__(self):
                super().__init__(4, 4)
                self.weight.data = TABLE.clone()
                self.bias.data = torch.tensor(scipy.stats.truncnorm(-1, 1).rvs(4), dtype=torch.float32)
            def forward(self, x):
                return super().forward(x) + scipy.stats.uniform.rvs()
        """,
        init(
            """
            from scipy import stats
            def draw_(w):
                w.copy_(torch.as_tensor(stats.norm.rvs(size=tuple(w.shape))))
            """
        ),
        init(
            """
            from scipy.stats import norm as law
            def draw_(w):
                w.copy_(torch.as_tensor(law.rvs(size=tuple(w.shape))))
            """
        ),
        *RUN,
        entry="Net",
    ),
    "an init that has the model draw": model(
        """
        import numpy as np

        class Net(nn.Linear):
            def __init__(self):
                super().__init__(4, 4)
            def draw(self):
                self.weight.data.copy_(torch.from_numpy(np.random.rand(4, 4)))
        """,
        init(
            """
        def my_init(m):
            m.draw()
        """
        ),
        *RUN,
        entry="Net",
    ),
    "generators with seeds of their own": model(
        """
        import numpy as np, random
        RNG = np.random.default_rng(3)
        OTHER = random.Random(4)
        THIRD = torch.Generator().manual_seed(2)

        def build():
            net = nn.Linear(4, 4)
            net.weight.data.copy_(torch.from_numpy(RNG.normal(size=(4, 4))))
            net.bias.data.fill_(OTHER.random()).add_(torch.rand(4, generator=THIRD))
            return net
        """,
        *RUN,
    ),
    "an init by scipy.stats of a model of the catalog": Recipe(
        "mlp",
        steps=(
            init(
                """
                import scipy.stats as law
                def draw_(w):
                    w.copy_(torch.as_tensor(law.norm.rvs(size=tuple(w.shape))))
                """
            ),
            Forward(1),
            Train(1),
        ),
    ),
    "a hook that draws from Python, in a model of the catalog": Recipe(
        "mlp",
        steps=(
            init(
                """
                import random
                def my_init(m):
                    m.register_forward_hook(lambda m, inputs, output: output * random.random())
                """
            ),
            Train(2, seed=4),
        ),
    ),
    "NumPy under one name, in the model and in two inits": model(
        """
        import numpy as np

        class Net(nn.Linear):
            def __init__(self):
                super().__init__(4, 4)
            def forward(self, x):
                return super().forward(x) * np.random.rand()
        """,
        init("import numpy as np\ndef draw_(w):\n    w.fill_(np.random.rand())"),
        init("import numpy as np\nimport numpy.random as nr\ndef draw_(w):\n    w += nr.rand() * np.random.rand()"),
        *RUN,
        entry="Net",
    ),
}
