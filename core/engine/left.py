"""What the code of a recipe left, as the server takes it from the process that ran it."""

import hashlib
from dataclasses import dataclass

from ..questions.handover import Handover
from . import channel
from .errors import MISSHAPEN, EngineError
from .jail.limits import WITH_CODE
from .talking import Reply

_RECORD_BYTES = 65_536  # what the records of a small model take, about


@dataclass(frozen=True)
class Left:
    """The reply, for the process that measures, and the handovers in it: nothing else that was said counts."""

    reply: Reply
    handovers: tuple[Handover, ...]

    @classmethod
    def of(cls, reply: Reply) -> "Left":
        """Raises EngineError where a reply holds no handovers."""
        try:
            handovers = channel.unpack(tuple[Handover, ...], reply.head.get("value"), list(reply.arrays))
        except ValueError as error:
            raise EngineError(MISSHAPEN) from error
        left = cls(reply, handovers)
        if left.held > WITH_CODE.memory:  # else a word about bytes that never came would have them set aside elsewhere
            raise EngineError(
                f"the model that the code left takes {left.held:,} bytes, and {WITH_CODE.memory:,} are allowed; "
                "make the model smaller"
            )
        return left

    @property
    def foreign(self) -> bool:
        """Whether a forward pass runs a person's code, at any moment."""
        return any(each.foreign for each in self.handovers)

    @property
    def whole(self) -> bool:
        """Whether the bytes of every moment are here."""
        return all(each.regions or not each.sizes for each in self.handovers)

    @property
    def nbytes(self) -> int:
        """About what it takes here."""
        return _RECORD_BYTES + sum(array.nbytes for array in self.reply.arrays)

    @property
    def held(self) -> int:
        """The most bytes that the model has at one moment."""
        return max((sum(each.sizes) for each in self.handovers), default=0)

    def mark(self, moment: int) -> tuple[int, str] | None:
        """When code had last run by that moment, and a digest of names and bytes as it left them then.

        None where it had not run, or its bytes are not here.
        """
        until = [each for each in self.handovers if each.moment <= moment]
        if not until or len(until[-1].regions) != len(until[-1].sizes):
            return None
        last = until[-1]
        names = [(each.parameters, each.buffers, each.children) for each in last.modules]
        digest = hashlib.blake2b(repr((last.tensors, last.sizes, names)).encode(), digest_size=16)
        for region in last.regions:
            digest.update(region.data)
        return last.moment, digest.hexdigest()
