"""What a module registers as a parameter or buffer and that is no tensor: torch's own setters refuse it."""

from torch import Tensor, nn

from ..module.walk import join, named_modules
from ..text import article, plain


def no_tensor(model: nn.Module) -> str:
    """A sentence on the first such thing, with the way out; "" where there is none."""
    for here in named_modules(model):
        for registered, what in ((here.module._parameters, "parameter"), (here.module._buffers, "buffer")):
            for name, value in registered.items():
                if value is not None and not isinstance(value, Tensor):
                    put = "nn.Parameter(...)" if what == "parameter" else "a tensor, by register_buffer"
                    return (
                        f"the {what} {plain(join(here.name, name))} is {article(type(value).__name__)}, not a tensor; "
                        f"register {put}"
                    )
    return ""
