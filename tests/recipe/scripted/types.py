"""Models of modules that are not torch's own, or whose weight is no parameter."""

from core.recipe.steps import Edit, Forward, Initialize, Subtree, Train
from tests.recipe.scripted.making import ALL, BIASES, RUN, WEIGHTS, draws, init, model

#: Modules of one class name that are several classes, or whose weight is no parameter.
NOT_TORCHS_OWN = {
    "a class of one's own named LayerNorm": model(
        """
        class LayerNorm(nn.Module):
            def __init__(self, n, bias=False):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(n))
                self.bias = nn.Parameter(torch.zeros(n)) if bias else None
            def forward(self, x):
                return F.layer_norm(x, (4,), self.weight, self.bias)

        def build():
            return nn.Sequential(nn.Linear(4, 4), LayerNorm(4), nn.LayerNorm(4), LayerNorm(4, True))
        """,
        *(Initialize("normal", Subtree("", "LayerNorm", name), seed=4) for name in ("weight", "bias", "*")),
        ALL,
        *RUN,
        WEIGHTS,
        *RUN,
    ),
    "classes of one's own under torch's names": model(
        """
        class Linear(nn.Linear):
            pass

        class Module(nn.Module):
            pass

        class Sequential(nn.Sequential):
            def __getitem__(self, index):
                return super().__getitem__(0)

        Tensor = torch.Tensor

        def build():
            return Sequential(Linear(4, 4), nn.Linear(4, 4), Linear(4, 4))
        """,
        *draws("1.weight", "2.bias"),
        ALL,
        *RUN,
        WEIGHTS,
        *RUN,
    ),
    "a class made at run time": model(
        """
        Other = type('Linear', (nn.Linear,), {})

        def build():
            return nn.Sequential(nn.Linear(4, 4), Other(4, 4))
        """,
        ALL,
        *RUN,
        WEIGHTS,
        *RUN,
    ),
    "BatchNorm2d(affine=False)": model(
        """
        def build():
            return nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2, affine=False), nn.BatchNorm2d(2),
                nn.Flatten(), nn.Linear(8, 4, bias=False), nn.LayerNorm(4, elementwise_affine=False),
                nn.GroupNorm(2, 4, affine=False), nn.LayerNorm(4, bias=False), nn.RMSNorm(4, elementwise_affine=False))
        """,
        *(Initialize("normal", Subtree("", "BatchNorm2d", name), seed=2) for name in ("weight", "bias", "*")),
        Initialize("normal", Subtree("", "LayerNorm", "weight"), seed=2),
        Initialize("normal", Subtree("", "", "bias"), seed=3),
        Initialize("uniform", Subtree("", "", "weight"), seed=3),
        Edit("1.running_mean", "w += 1"),
        init(
            """
        def my_init(m):
            if isinstance(m, nn.BatchNorm2d) and m.affine:
                nn.init.normal_(m.weight)
        """
        ),
        Forward(1),
        Train(2),
        runs="""
        def batch(size):
            return torch.rand(size, 1, 2, 2), torch.rand(size, 4)

        loss = F.mse_loss
        """,
    ),
    "weights that are computed": model(
        """
        from torch.nn.utils import spectral_norm, weight_norm
        from torch.nn.utils.parametrizations import orthogonal
        import torch.nn.utils.prune as prune

        def build():
            pruned = nn.Linear(4, 4)
            prune.random_unstructured(pruned, 'weight', 0.5)
            return nn.Sequential(weight_norm(nn.Linear(4, 4)), spectral_norm(nn.Linear(4, 4)), pruned,
                orthogonal(nn.Linear(4, 4)), nn.Linear(4, 4))
        """,
        *draws("0.weight_g", "1.weight_orig", "2.weight_orig", "3.parametrizations.weight.original"),
        ALL,
        *RUN,
        WEIGHTS,
        *RUN,
    ),
    "lazy modules, of which one has no bias": model(
        """
        def build():
            return nn.Sequential(nn.LazyLinear(4, bias=False), nn.LazyLinear(4), nn.LazyBatchNorm1d(affine=False))
        """,
        Forward(2),
        BIASES,
        ALL,
        *RUN,
        WEIGHTS,
        *RUN,
    ),
    "ties, and one tensor twice in a module": model(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a = nn.Linear(4, 4)
                self.b = nn.Linear(4, 4)
                self.b.weight = self.a.weight
                self.a.register_parameter('again', self.a.bias)
                self.b.bias = None
            def forward(self, x):
                return self.b(self.a(x))
        """,
        ALL,
        *RUN,
        WEIGHTS,
        *RUN,
        entry="Net",
    ),
}
