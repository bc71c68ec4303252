"""Code to begin with: the lesson's inits, inits that fail in a way worth seeing, and models."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """A text for the editor: its name in a list, what to look for, the code."""

    title: str
    look: str
    code: str


INITS = (
    Template(
        "my_init: large or zero",
        "About half of the weights become zero, half of those negative zero; the biases stay as they were.",
        """\
def my_init(m):
    if type(m) == nn.Linear:
        print("Init", *[(name, param.shape) for name, param in m.named_parameters()][0])
        nn.init.uniform_(m.weight, -10, 10)
        m.weight.data *= m.weight.data.abs() >= 5
""",
    ),
    Template(
        "init_normal: std 0.01, biases 0",
        "std 0.01 is a variance of 0.0001; the biases become zero.",
        """\
def init_normal(m):
    if type(m) == nn.Linear:
        nn.init.normal_(m.weight, mean=0, std=0.01)
        nn.init.zeros_(m.bias)
""",
    ),
    Template(
        "init_constant: all ones",
        "All units of a layer are identical now, and training keeps them so.",
        """\
def init_constant(m):
    if type(m) == nn.Linear:
        nn.init.constant_(m.weight, 1)
        nn.init.zeros_(m.bias)
""",
    ),
    Template(
        "init_xavier: for one layer",
        "Run it on layer 0 alone: only what it is applied to changes.",
        """\
def init_xavier(m):
    if type(m) == nn.Linear:
        nn.init.xavier_uniform_(m.weight)
""",
    ),
    Template(
        "init_42: a constant for one layer",
        "Run it on layer 2 alone.",
        """\
def init_42(m):
    if type(m) == nn.Linear:
        nn.init.constant_(m.weight, 42)
""",
    ),
    Template(
        "A function of each tensor",
        "It is given every parameter in turn, biases included.",
        """\
def small_(w: torch.Tensor):
    nn.init.uniform_(w, -0.1, 0.1)
""",
    ),
    Template(
        "A loop over named_parameters",
        "A shared layer has one name here, so it is drawn once.",
        """\
for name, parameter in net.named_parameters():
    if name.endswith("weight"):
        nn.init.normal_(parameter, std=0.02)
    else:
        nn.init.zeros_(parameter)
""",
    ),
    Template(
        "Fails: Xavier on every parameter",
        "A bias has one axis, so it has no fan-in: the error names it, and nothing is changed.",
        """\
def init_all(m):
    for parameter in m.parameters(recurse=False):
        nn.init.xavier_uniform_(parameter)
""",
    ),
    Template(
        "Fails: returns instead of writing",
        "Nothing is touched: apply throws away what a function returns.",
        """\
def scaled(w: torch.Tensor):
    return w * 0.1
""",
    ),
    Template(
        "Fails: the rule never matches",
        "Nothing is touched: this net has no convolution (and type(m) == misses subclasses).",
        """\
def init_conv(m):
    if type(m) == nn.Conv2d:
        nn.init.kaiming_normal_(m.weight)
""",
    ),
)

NETS = (
    Template(
        "A Sequential",
        "build returns the net; batch and loss are optional: training and net(X) use them.",
        """\
def build():
    return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))


def batch(size):
    return torch.rand(size, 4), torch.rand(size, 1)


def loss(output, target):
    return F.mse_loss(output, target)
""",
    ),
    Template(
        "A class with tied layers",
        "One Parameter under two names: see the Tying page.",
        """\
class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(12, 8)
        self.head = nn.Linear(8, 12, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        return self.head(self.embed(tokens))


def batch(size):
    tokens = torch.randint(12, (size,))
    return tokens, tokens


def loss(output, target):
    return F.cross_entropy(output, target)
""",
    ),
    Template(
        "Weights that an init misses",
        "weight_norm computes weight at every access: an init that writes into it is lost.",
        """\
from torch.nn.utils.parametrizations import weight_norm


def build():
    return nn.Sequential(weight_norm(nn.Linear(4, 8)), nn.ReLU(), nn.Linear(8, 1))


def batch(size):
    return torch.rand(size, 4), torch.rand(size, 1)


def loss(output, target):
    return F.mse_loss(output, target)
""",
    ),
)
