"""Code that leaves something behind in a model: values, other objects, ties, whole modules."""

#: Code that leaves more than other values behind, each under what it does.
LEAVING = {
    "values": "for p in net.parameters(): nn.init.normal_(p)",
    "other objects": "for m in (net[0], net[2]): m.weight = nn.Parameter(m.weight.data * 2)",
    "a tie": "net[2].weight = nn.Parameter(torch.ones(net[2].weight.shape)); net[2].bias = net[2].bias",
    "a view of its own": "big = torch.randn(99, 99)\nnet[0].weight = nn.Parameter(big[:8, 3:7])",
    "two views of one array": "import numpy as np\nnet[0].bias.data = torch.from_numpy(np.arange(8, dtype='f4'))",
    "an expanded tensor": "net[0].bias = nn.Parameter(torch.ones(1).expand(8))",
    "a column-major weight": "net[0].weight = nn.Parameter(torch.randn(4, 8).t())",
    "frozen layers": "net[0].requires_grad_(False)",
    "evaluation mode": "net.eval()",
    "a plain attribute": "net[0].in_features = 4; net[0].mine = 3",
    "a buffer": "net.register_buffer('mask', torch.eye(3), persistent=False)",
    "a parameter more": "net[0].register_parameter('scale', nn.Parameter(torch.ones(())))",
    "a hook": "net[0].register_forward_hook(lambda m, x, y: y * 0)",
    "a hook on a gradient": "net[0].weight.register_hook(lambda gradient: gradient * 0)",
    "a hook after a gradient": (
        "def halve(w): w.grad.mul_(0.5)\nnet[2].weight.register_post_accumulate_grad_hook(halve)"
    ),
    "a hook on a gradient that is gone": "net[0].weight.register_hook(lambda gradient: gradient * 0).remove()",
    "an attribute less": "del net[0].in_features",
    "an attribute of its machinery": "net[0]._mine = 3",
    "another module": "net.append(nn.Sequential(nn.LayerNorm(1), nn.PReLU()))",
    "a class of its own": "class Scaled(nn.Linear): pass\nnet.append(Scaled(1, 2))",
    "gradients": "net(torch.ones(2, 4)).sum().backward()",
    "a module twice": "net.append(net[0])",
    "extremes": "net[0].weight.data[0] = math.nan; net[0].bias.data[0] = -0.0; net[2].bias.data.fill_(math.inf)",
    "a sparse buffer": "net.register_buffer('adjacency', torch.eye(3).to_sparse())",
    "a complex buffer": "net.register_buffer('c', torch.view_as_complex(torch.randn(3, 2)))",
    "a half": "net.register_buffer('h', torch.randn(3).to(torch.bfloat16))",
    "a shape without data": "net.register_buffer('far', torch.empty(3, 2, device='meta'))",
    "a lazy layer": "net.append(nn.LazyLinear(3))",
    "an empty tensor": "net.register_buffer('empty', torch.empty(0, 3))",
    "an odd name": "net[0].register_buffer('\\u202e<b>\\x00', torch.zeros(2))",
}
#: Models written as code.
SOURCES = {
    "torch's layers": (
        "def build():\n    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2))"
    ),
    "a class": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a, self.b = nn.Linear(4, 4), nn.Embedding(4, 4, padding_idx=1)\n"
        "        self.b.weight = self.a.weight\n"
        "        self.p = nn.Parameter(torch.zeros(3))\n    def forward(self, x):\n        return self.a(x)\n"
        "def batch(size):\n    return torch.ones(size, 4), torch.zeros(size, 4)\n"
        "def loss(output, target):\n    return ((output - target) ** 2).mean()"
    ),
    "an init of its own": (
        "class Mine(nn.Linear):\n    def reset_parameters(self):\n        nn.init.xavier_uniform_(self.weight)\n"
        "        nn.init.zeros_(self.bias)\ndef build():\n    return nn.Sequential(Mine(4, 4), nn.Linear(4, 4))"
    ),
    "recurrent": "def build():\n    return nn.ModuleDict({'lstm': nn.LSTM(3, 5, 2), 'cell': nn.GRUCell(2, 2)})",
    "attention": "def build():\n    return nn.TransformerEncoderLayer(8, 2, 16)",
    "parametrized": "def build():\n    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)))",
    "pruned": (
        "from torch.nn.utils import prune\n"
        "def build():\n    return nn.Sequential(prune.l1_unstructured(nn.Linear(4, 3), 'weight', 0.5))"
    ),
    "sparse": (
        "import warnings\ndef build():\n    net = nn.Sequential(nn.Linear(4, 3))\n"
        "    with warnings.catch_warnings():\n        warnings.simplefilter('ignore')\n"
        "        net.register_buffer('rows', torch.eye(3).to_sparse_csr())\n"
        "        net.register_buffer('columns', torch.eye(3).to_sparse_csc())\n"
        "        net.register_buffer('pairs', torch.eye(3).to_sparse())\n"
        "        net.register_buffer('steps', torch.quantize_per_tensor(torch.rand(3), 0.1, 2, torch.quint8))\n"
        "    return net"
    ),
}
