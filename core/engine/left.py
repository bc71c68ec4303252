"""What the code of a recipe left, as the server takes it from the process that ran it."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from ..questions.handover import Handover
from . import channel
from .errors import MISSHAPEN, EngineError
from .jail.limits import WITH_CODE
from .talking import Reply

#: A parsed head takes so many times as much memory as its text.
_PARSED = 20


@dataclass(frozen=True)
class Left:
    """The reply, for the process that measures, and the handovers in it: nothing else that was said counts."""

    reply: Reply
    handovers: tuple[Handover, ...]
    _marks: dict[int, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, reply: Reply) -> "Left":
        """Raises EngineError where a reply holds no handovers, one for each moment in their order."""
        try:
            handovers = channel.unpack(tuple[Handover, ...], reply.head.get("value"), list(reply.arrays))
        except ValueError as error:
            raise EngineError(MISSHAPEN) from error
        ordered = all(one.moment < other.moment for one, other in pairwise(handovers))
        if not ordered or not all(map(_fits, handovers)):
            raise EngineError(MISSHAPEN)
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

    @cached_property
    def nbytes(self) -> int:
        """About what it takes here."""
        head = json.dumps(self.reply.head, separators=(",", ":"))
        return _PARSED * len(head) + sum(array.nbytes for array in self.reply.arrays)

    @property
    def held(self) -> int:
        """The most bytes that the model has at one moment."""
        return max((sum(each.sizes) for each in self.handovers), default=0)

    def mark(self, moment: int) -> tuple[int, str] | None:
        """When code had last run by that moment, and a digest of the model as it left it; None where it had not run.

        Raises:
            EngineError: its bytes are not here.
        """
        last = next((each for each in reversed(self.handovers) if each.moment <= moment), None)
        if last is None:
            return None
        if last.sizes and not last.regions:
            raise EngineError(MISSHAPEN)
        if last.moment not in self._marks:
            form = repr((last.foreign, last.classes, last.modules, last.tensors, last.sizes))
            digest = hashlib.blake2b(form.encode(errors="replace"), digest_size=16)
            for region in last.regions:
                digest.update(region.data)
            self._marks[last.moment] = digest.hexdigest()
        return last.moment, self._marks[last.moment]


def _fits(handover: Handover) -> bool:
    """Whether all bytes of a moment are there, or none."""
    lengths = tuple(region.nbytes for region in handover.regions)
    return not lengths or lengths == handover.sizes
