"""A transformer's tensors: query, key and value packed, a mask as buffer, the output tied to the input."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Causal self-attention; one packed linear layer gives query, key and value."""

    mask: Tensor

    def __init__(self, d_model: int, n_head: int, context: int) -> None:
        super().__init__()
        self.n_head = n_head
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.proj = nn.Linear(d_model, d_model)
        self.register_buffer("mask", torch.ones(context, context, dtype=torch.bool).tril())

    def forward(self, x: Tensor) -> Tensor:
        """Every position looks at itself and at those before it."""
        length = x.size(1)  # T
        packed = self.qkv(x).unflatten(-1, (3, self.n_head, -1))  # (B, T, 3, H, C/H)
        q, k, v = packed.permute(2, 0, 3, 1, 4)  # (B, H, T, C/H) each
        scores = q @ k.transpose(-2, -1) / math.sqrt(k.size(-1))  # (B, H, T, T)
        weights = scores.masked_fill(~self.mask[:length, :length], -math.inf).softmax(dim=-1)  # (B, H, T, T)
        mixed = (weights @ v).transpose(1, 2).flatten(2)  # (B, T, C)
        out: Tensor = self.proj(mixed)  # (B, T, C)
        return out


class MLP(nn.Module):
    """Two linear layers, four times as wide in between."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.fc = nn.Linear(d_model, 4 * d_model)
        self.proj = nn.Linear(4 * d_model, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """Each position by itself."""
        hidden = F.gelu(self.fc(x))  # (B, T, 4C)
        out: Tensor = self.proj(hidden)  # (B, T, C)
        return out


class Block(nn.Module):
    """Attention and MLP, each normalized before and added to the stream."""

    def __init__(self, d_model: int, n_head: int, context: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(d_model)
        self.attn = Attention(d_model, n_head, context)
        self.ln_2 = nn.LayerNorm(d_model)
        self.mlp = MLP(d_model)

    def forward(self, x: Tensor) -> Tensor:
        """The stream keeps its shape, (B, T, C)."""
        x = x + self.attn(self.ln_1(x))  # (B, T, C)
        out: Tensor = x + self.mlp(self.ln_2(x))  # (B, T, C)
        return out


class GPT(nn.Module):
    """A small decoder-only transformer whose output layer is tied to the token embedding."""

    def __init__(self, n_layer: int, n_head: int, d_model: int, vocab: int, context: int) -> None:
        super().__init__()
        self.tok_emb = nn.Embedding(vocab, d_model)
        self.pos_emb = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_head, context) for _ in range(n_layer))
        self.ln_f = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, vocab, bias=False)
        self.head.weight = self.tok_emb.weight  # tied, as in Press & Wolf (2017)

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores of the next token at every position."""
        positions = torch.arange(tokens.size(1), device=tokens.device)  # (T,)
        x = self.tok_emb(tokens) + self.pos_emb(positions)  # (B, T, C)
        for block in self.blocks:
            x = block(x)  # (B, T, C)
        logits: Tensor = self.head(self.ln_f(x))  # (B, T, vocab)
        return logits


def gpt(n_layer: int = 2, n_head: int = 2, d_model: int = 32, vocab: int = 64, context: int = 16) -> nn.Module:
    """A small GPT."""
    if d_model % n_head:
        raise ValueError(
            f"gpt cannot split d_model={d_model} into n_head={n_head} equal heads; "
            f"choose a d_model that is a multiple of {n_head}, or another n_head"
        )
    return GPT(n_layer, n_head, d_model, vocab, context)


def batch(
    size: int, n_layer: int = 2, n_head: int = 2, d_model: int = 32, vocab: int = 64, context: int = 16
) -> tuple[Tensor, Tensor]:
    """Token numbers (size, context), and the tokens that follow each of them (size, context)."""
    tokens = torch.randint(vocab, (size, context + 1))
    return tokens[:, :-1], tokens[:, 1:]


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross entropy of the next token, mean over all positions."""
    return F.cross_entropy(output.flatten(0, 1), target.flatten())
