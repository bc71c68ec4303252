"""Beliefs about parameters and tying that the objects themselves refute; a new one is one entry of a table here."""

from ...module.replica import replica
from ...module.seeding import seed_host_streams, seeded
from ...questions.experiments import Evidence, Misconception
from ...text import error_line
from . import parameters, tying
from .base import Belief, Exhibit, fulfills, lesson_exhibit

__all__ = ["BELIEFS", "Exhibit", "evidence", "misconceptions"]

BELIEFS: dict[str, Belief] = {belief.key: belief for belief in (*tying.BELIEFS, *parameters.BELIEFS)}


def misconceptions() -> tuple[Misconception, ...]:
    """All beliefs with what is true instead."""
    return tuple(Misconception(belief.key, belief.claim, belief.truth) for belief in BELIEFS.values())


def evidence(key: str, exhibit: Exhibit | None) -> Evidence:
    """What shows that a belief is wrong, measured on a copy of the exhibit, or on the lesson's net.

    Args:
        key: of `BELIEFS`; exhibit: a model with inputs and a loss, left as it is, or None.

    Raises:
        ValueError: there is no such belief.
    """
    if key not in BELIEFS:
        raise ValueError(f"there is no belief {key!r}; choose one of {', '.join(BELIEFS)}")
    belief, instead = BELIEFS[key], ""
    with seeded():
        if belief.need == "nothing":
            return _measured(belief, lesson_exhibit(), "fresh tensors")
        if exhibit is not None:
            try:
                fulfills(exhibit, belief.need)
                copied = Exhibit(replica(exhibit.model), exhibit.inputs, exhibit.loss_fn)
                return _measured(belief, copied, "this model")
            except Exception as error:  # a model's own code may raise anything
                instead = f": {error_line(error)}"
        seed_host_streams(0)
        return _measured(belief, lesson_exhibit(), f"the lesson's MLP with a shared layer{instead}")


def _measured(belief: Belief, exhibit: Exhibit, subject: str) -> Evidence:
    facts, code = belief.show(exhibit)
    return Evidence(belief.key, subject, tuple(facts), code)
