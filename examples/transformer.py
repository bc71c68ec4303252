"""A small transformer encoder whose residual branches start small.

    streamlit run dashboard.py -- --model examples/transformer.py:build --init examples/transformer.py:scaled_residual

Every layer's output is added to the stream, so its variance grows with depth; GPT-2 (Radford et al. 2019, section 2.3)
draws the weights that write to the stream with a std divided by the square root of how many do.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STD = 0.02


class Layer(nn.Module):
    """Self-attention and a two-layer MLP, each normalized before and added to the stream."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """The stream keeps its shape, (B, T, C)."""
        normed = self.norm1(x)
        x = x + self.attention(normed, normed, normed, need_weights=False)[0]
        out: Tensor = x + self.down(F.gelu(self.up(self.norm2(x))))
        return out


class Transformer(nn.Module):
    """Token embedding, layers, and a score for every token."""

    def __init__(self, vocab: int, width: int, heads: int, depth: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.layers = nn.Sequential(*(Layer(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocab, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores (B, T, vocab) for tokens (B, T)."""
        scores: Tensor = self.head(self.norm(self.layers(self.embed(tokens))))
        return scores


def build(depth: int = 4, width: int = 32, heads: int = 2) -> nn.Module:
    """A transformer encoder over 50 tokens."""
    return Transformer(50, width, heads, depth)


def batch(size: int) -> tuple[Tensor, Tensor]:
    """Tokens (size, 12), which are the targets too."""
    tokens = torch.randint(50, (size, 12))
    return tokens, tokens


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross entropy of each token, mean over all."""
    return F.cross_entropy(output.flatten(0, 1), target.flatten())


def scaled_residual(net: nn.Module) -> None:
    """N(0, 0.02²) for every matrix, divided by √(2 · depth) where it writes to the stream; biases 0."""
    depth = sum(isinstance(m, Layer) for m in net.modules())
    for name, parameter in net.named_parameters():
        if parameter.dim() < 2:
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            continue
        residual = name.endswith(("attention.out_proj.weight", "down.weight"))
        nn.init.normal_(parameter, std=STD / math.sqrt(2 * depth) if residual else STD)
