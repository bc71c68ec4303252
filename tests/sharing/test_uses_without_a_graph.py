"""A parameter whose uses no backward pass can reach, and which is used nevertheless."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from core.sharing.uses import use_gradients


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
def test_a_parameter_that_is_used_where_no_graph_is_kept() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(2, 2), nn.Linear(2, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(checkpoint(self.first, x, use_reentrant=True))  # type: ignore[no-any-return]

    with pytest.raises(ValueError, match=r"uses 'first\.weight' only where no graph leads to it"):
        use_gradients(Net(), "first.weight", torch.rand(3, 2), lambda output: output.sum())
