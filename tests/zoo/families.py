"""Models of families that no package here has, each written as its authors do: constructors draw for themselves."""

# mypy: disable-error-code="no-untyped-call, no-any-return"
# torch leaves untyped what this file is made of

import copy
import math
import warnings
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

#: By name; filled by the decorator below.
FAMILIES: dict[str, Callable[[], nn.Module]] = {}


def family(build: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """Take a builder among the families."""
    FAMILIES[build.__name__] = build
    return build


def holding(**tensors: torch.Tensor) -> nn.Module:
    """A module that holds these as its parameters."""
    return nn.ParameterDict({name: nn.Parameter(value) for name, value in tensors.items()})


@family
def unet_of_a_diffusion_model() -> nn.Module:
    net = nn.ModuleDict(
        {
            "time": nn.Linear(32, 64),
            "down": nn.Conv2d(3, 16, 3),
            "norm": nn.GroupNorm(4, 16),
            "out": nn.Conv2d(16, 3, 3),
        }
    )
    for parameter in net["out"].parameters():
        parameter.detach().zero_()
    net.register_buffer("betas", torch.linspace(1e-4, 0.02, 1000))
    net.register_buffer("kept", torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0))
    net.register_parameter("frequencies", nn.Parameter(torch.randn(16) * 30, requires_grad=False))
    return net


@family
def diffusion_transformer() -> nn.Module:
    net = nn.ModuleDict({"patch": nn.Conv2d(4, 32, 2, 2), "modulation": nn.Linear(32, 192), "qkv": nn.Linear(32, 96)})
    for module in net.values():
        nn.init.xavier_uniform_(module.get_parameter("weight").data.flatten(1))
        nn.init.constant_(module.get_parameter("bias"), 0)
    nn.init.constant_(net.get_parameter("modulation.weight"), 0)
    return net


@family
def mamba_block() -> nn.Module:
    net = nn.ModuleDict({"conv": nn.Conv1d(32, 32, 4, groups=32), "step": nn.Linear(4, 32)})
    nn.init.uniform_(net.get_parameter("step.weight"), -(4**-0.5), 4**-0.5)
    width = torch.exp(torch.rand(32) * (math.log(0.1) - math.log(1e-3)) + math.log(1e-3)).clamp(min=1e-4)
    with torch.no_grad():
        net.get_parameter("step.bias").copy_(width + torch.log(-torch.expm1(-width)))
    net.register_parameter("a", nn.Parameter(torch.log(torch.arange(1.0, 9.0).repeat(32, 1))))
    return net


@family
def experts_drawn_one_by_one() -> nn.Module:
    weights = torch.empty(4, 64, 32)
    for expert in weights:
        nn.init.kaiming_uniform_(expert, a=math.sqrt(5))
    stacked = torch.stack([nn.Linear(32, 64).weight.detach() for _ in range(4)])
    return holding(a=weights, b=stacked, c=torch.randn(4, 32, 32) * 32**-0.5, gate=torch.zeros(4, 32))


@family
def thirds_joined() -> nn.Module:
    return holding(qkv=torch.cat([nn.init.xavier_uniform_(torch.empty(32, 32)) for _ in range(3)]))


@family
def rwkv_time_mixing() -> nn.Module:
    decay = torch.ones(32)
    for i in range(32):
        decay[i] = -5 + 8 * (i / 31) ** 1.3
    net = holding(mix=torch.pow(torch.arange(32.0) / 32, 0.3), decay=decay, first=torch.ones(32) * math.log(0.3))
    net.add_module("key", nn.Linear(32, 32, bias=False))
    nn.init.uniform_(net.get_parameter("key.weight").data, -0.1, 0.1)
    return net


@family
def kan_layer() -> nn.Module:
    noise = (torch.rand(6, 16, 32) - 0.5) * 0.1 / 5
    return holding(noise=noise, scale=torch.ones(16, 32) * 0.25, base=0.25 + (torch.rand(16, 32) * 2 - 1) * 0.1)


@family
def lstm_with_gates() -> nn.Module:
    net = nn.LSTM(16, 32, 2, bidirectional=True)
    for name, parameter in net.named_parameters():
        if "weight_ih" in name:
            nn.init.xavier_uniform_(parameter)
        elif "weight_hh" in name:
            for gate in parameter.detach().chunk(4):
                nn.init.orthogonal_(gate)
        else:
            nn.init.zeros_(parameter)
            parameter.data[32:64].fill_(1.0)
    return net


@family
def transformer_drawn_again() -> nn.Module:
    net = nn.Transformer(32, 4, 2, 2, 64)
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_normal_(parameter, gain=0.5)
    return net


@family
def attention_of_each_kind() -> nn.Module:
    return nn.ModuleList(
        [nn.MultiheadAttention(32, 4, kdim=16, vdim=24, add_bias_kv=True), nn.MultiheadAttention(32, 4)]
    )


@family
def parametrized() -> nn.Module:
    return nn.Sequential(
        parametrizations.weight_norm(nn.Linear(32, 32)),
        parametrizations.spectral_norm(nn.Conv2d(8, 8, 3)),
        parametrizations.orthogonal(nn.Linear(32, 32)),
    )


@family
def weight_norm_of_old() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.Sequential(nn.utils.weight_norm(nn.Linear(32, 32)), nn.utils.spectral_norm(nn.Linear(32, 32)))


@family
def lazy_with_a_dummy_pass() -> nn.Module:
    net = nn.Sequential(nn.LazyConv2d(16, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(10))
    net(torch.randn(2, 3, 8, 8))
    nn.init.xavier_uniform_(net.get_parameter("3.weight"))
    return net


@family
def sinusoidal_table() -> nn.Module:
    table, places = torch.zeros(100, 32), torch.arange(100).unsqueeze(1)
    rates = torch.exp(torch.arange(0, 32, 2) * (-math.log(10000.0) / 32))
    table[:, 0::2] = torch.sin(places * rates)
    table[:, 1::2] = torch.cos(places * rates)
    return nn.Embedding.from_pretrained(table)


@family
def subpixel_convolution() -> nn.Module:
    net = nn.Conv2d(16, 64, 3)
    kernel = nn.init.kaiming_normal_(torch.empty(16, 16, 3, 3))
    with torch.no_grad():
        net.weight.copy_(kernel.repeat_interleave(4, 0))
    return net


@family
def pretrained_embedding() -> nn.Module:
    vectors = torch.randn(100, 16) * 0.1
    vectors[0] = 0
    return nn.Embedding.from_pretrained(vectors, freeze=False, padding_idx=0)


@family
def copies_scaled_by_depth() -> nn.Module:
    layer = nn.TransformerEncoderLayer(32, 4, 64)
    net = nn.ModuleList([copy.deepcopy(layer) for _ in range(3)])
    for depth, each in enumerate(net, 1):
        each.get_parameter("linear2.weight").data.div_(math.sqrt(2.0 * depth))
    return net


@family
def low_rank_adapter() -> nn.Module:
    base = nn.Linear(64, 64)
    net = holding(
        a=nn.init.kaiming_uniform_(base.weight.new_empty(8, 64), a=math.sqrt(5)), b=base.weight.new_zeros(64, 8)
    )
    net.add_module("base", base.requires_grad_(False))
    return net


@family
def adapter_of_singular_vectors() -> nn.Module:
    base = nn.Linear(64, 64)
    u, s, v = torch.linalg.svd(base.weight.detach())
    net = holding(a=v[:4] * s[:4, None].sqrt(), b=u[:, :4] * s[:4].sqrt())
    base.weight.data.sub_(net.get_parameter("b").detach() @ net.get_parameter("a").detach())
    net.add_module("base", base)
    return net


@family
def pruned() -> nn.Module:
    net = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 64))
    prune.l1_unstructured(net[0], "weight", amount=0.3)
    prune.random_unstructured(net[1], "weight", amount=0.3)
    return net


@family
def made_on_meta() -> nn.Module:
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(32, 32), nn.LayerNorm(32), nn.Embedding(50, 32))
    net.to_empty(device="cpu")
    for module in net:
        module.__getattribute__("reset_parameters")()
    return net


@family
def exported_by_jit() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted: nn.Module = torch.jit.script(nn.Sequential(nn.Linear(32, 32), nn.ReLU()))
        return scripted


@family
def in_half_precision() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 64), nn.Conv1d(8, 8, 3), nn.GRU(64, 64)).to(torch.bfloat16)


@family
def noisy_layer() -> nn.Module:
    means, stds, noise = torch.empty(32, 32), torch.empty(32, 32), torch.empty(32, 32)
    means.uniform_(-0.1, 0.1)
    first, second = (value.sign().mul_(value.abs().sqrt_()) for value in torch.randn(2, 32))
    return holding(means=means, stds=stds.fill_(0.5 / math.sqrt(32)), noise=noise.copy_(first.outer(second)))


@family
def scaled_by_its_own_response() -> nn.Module:
    net, x = nn.Sequential(nn.Linear(32, 64), nn.Linear(64, 64)), torch.randn(128, 32)
    with torch.no_grad():
        for name in ("0", "1"):
            layer = net.get_submodule(name)
            weight = nn.init.orthogonal_(layer.get_parameter("weight"))
            weight /= layer(x).std()
            x = layer(x)
    return net


@family
def trained_for_a_step() -> nn.Module:
    net = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    net(torch.randn(4, 8)).sum().backward()
    optimizer.step()
    return net
