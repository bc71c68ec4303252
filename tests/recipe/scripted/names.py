"""Models whose names are no positions, or no attributes."""

from core.recipe.steps import Edit, Initialize, Subtree, Tie, Untie
from tests.recipe.scripted.making import RUN, draws, init, model

#: Names that are no positions, or no attributes.
NAMED_OTHERWISE = {
    "a Sequential that was cut": model(
        """
        def build():
            return nn.Sequential(nn.Linear(9, 9), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))[2:]
        """,
        *draws("2.weight", "4.bias"),
        Edit("4.weight", "w[0] = 2.5; w *= abs(w) >= 0.1"),
        Tie("2", "4"),
        Untie("4"),
        Tie("2.weight", "4.weight"),
        Initialize("xavier_uniform", Subtree("4", "Linear")),
        init(
            """
        def my_init_(w):
            nn.init.normal_(w)
        """,
            root="2",
        ),
        *RUN,
    ),
    "a cut inside a class": model(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(*[nn.Linear(4, 4) for _ in range(4)])[1:]
            def forward(self, x):
                return self.body(x)
        """,
        *draws("body.1.weight", "body.3.bias"),
        Tie("body.1", "body.2"),
        *RUN,
        entry="Net",
    ),
    "children without the first": model(
        """
        def build():
            whole = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 4))
            net = nn.Sequential()
            for name, child in list(whole.named_children())[1:]:
                net.add_module(name, child)
            return net
        """,
        *draws("1.weight", "2.weight"),
        *RUN,
    ),
    "digit keys of a ModuleDict": model(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.heads = nn.ModuleDict({'1': nn.Linear(4, 4), '0': nn.Linear(4, 4), 'a-b': nn.Linear(4, 4),
                    'class': nn.Linear(4, 4), 'größe 2': nn.Linear(4, 4), '10': nn.BatchNorm1d(4)})
                self.scales = nn.ParameterDict({'0': torch.ones(4), 'a b': torch.ones(4), 'weight': torch.ones(4)})
                self.shifts = nn.ParameterList([torch.zeros(4), torch.ones(4)])
            def forward(self, x):
                for key in self.heads:
                    x = self.heads[key](x)
                return x * self.scales['0'] * self.scales['a b'] + self.shifts[1]
        """,
        *draws("heads.1.weight", "heads.0.bias", "heads.a-b.weight", "heads.class.bias", "heads.größe 2.weight"),
        *draws("scales.0", "scales.a b", "scales.weight", "shifts.1"),
        Edit("heads.10.running_mean", "w += 2"),
        Edit("heads.10.num_batches_tracked", "w = 3"),
        Edit("shifts.0", "w[1] = 4"),
        Tie("heads.1", "heads.a-b"),
        Untie("heads.a-b"),
        Tie("scales.0", "scales.a b"),
        Tie("shifts.0", "shifts.1"),
        Untie("shifts.1"),
        Initialize("normal", Subtree("heads.größe 2", "Linear")),
        *RUN,
        entry="Net",
    ),
    "a module and a buffer whose names are no attributes": model(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.add_module('0', nn.Linear(4, 4))
                self.add_module('in put', nn.Linear(4, 4))
                self.register_buffer('run ning', torch.zeros(4))
                self.register_buffer('7', torch.zeros(4))
                self.register_buffer('unsaved', torch.zeros(4), persistent=False)
            def forward(self, x):
                self.unsaved += x.mean(0).detach()
                return getattr(self, 'in put')(getattr(self, '0')(x))
        """,
        *draws("0.weight", "in put.bias"),
        Edit("run ning", "w += 1.5"),
        Edit("7", "w += 2.5"),
        Edit("unsaved", "w[0] = 1"),
        Tie("0", "in put"),
        *RUN,
        entry="Net",
    ),
    "a module that an init adds": model(
        """
        def build():
            return nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        """,
        init(
            """
        def my_init(m):
            if isinstance(m, nn.Sequential): m.add_module('7', nn.Linear(4, 4))
        """
        ),
        *draws("7.weight", "1.bias"),
        Tie("7.weight", "0.weight"),
        Edit("7.bias", "w += 1"),
        *RUN,
    ),
    "a container that numbers otherwise": model(
        """
        class Backwards(nn.Sequential):
            def __getitem__(self, index):
                return super().__getitem__(-1 - index)

        def build():
            return Backwards(nn.Linear(4, 4), nn.Linear(4, 4))
        """,
        *draws("0.weight", "1.bias"),
        Tie("0.weight", "1.weight"),
    ),
}
