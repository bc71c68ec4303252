"""A recurrent network's tensors: four gates stacked in each matrix, and two biases that act as one."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LSTMClassifier(nn.Module):
    """Embedding, LSTM, and a linear layer on the last hidden state."""

    def __init__(self, vocab: int, d_embed: int, hidden: int, layers: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, d_embed)
        self.lstm = nn.LSTM(d_embed, hidden, num_layers=layers, batch_first=True)
        self.head = nn.Linear(hidden, classes)

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores of the classes for each text."""
        x = self.embedding(tokens)  # (B, T, d_embed)
        _, (h, _) = self.lstm(x)  # (layers, B, hidden)
        scores: Tensor = self.head(h[-1])  # (B, classes)
        return scores


def lstm(vocab: int = 64, d_embed: int = 16, hidden: int = 16, layers: int = 1, classes: int = 4) -> nn.Module:
    """An LSTM text classifier."""
    return LSTMClassifier(vocab, d_embed, hidden, layers, classes)


def batch(
    size: int, vocab: int = 64, d_embed: int = 16, hidden: int = 16, layers: int = 1, classes: int = 4
) -> tuple[Tensor, Tensor]:
    """Texts of 12 token numbers (size, 12), and class numbers (size,)."""
    return torch.randint(vocab, (size, 12)), torch.randint(classes, (size,))


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross entropy."""
    return F.cross_entropy(output, target)
