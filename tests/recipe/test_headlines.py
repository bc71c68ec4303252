"""A headline tells a step in one line."""

from core.recipe.headlines import headline
from core.recipe.steps import (
    Edit,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Subtree,
    Tie,
    Train,
    Untie,
)


class TestHeadline:
    def test_tells_steps_apart_in_one_line_each(self) -> None:
        lines = [
            headline(step)
            for step in (
                Initialize("normal"),
                Initialize("normal", Subtree("0")),
                Initialize("normal", Pattern("*")),
                Initialize("normal", OneTensor("0.weight")),
                Initialize("ones"),
                Edit("0.weight", "w += 1\nw *= 2"),
                Tie("0", "2"),
                Untie("2"),
                Forward(),
                Train(),
                Train(2),
                Train(2, optimizer="adam"),
                Train(2, optimizer="momentum"),
            )
        ]
        assert len(set(lines)) == len(lines)
        assert not any("\n" in line for line in lines)
        assert "train 1 step, lr 0.1" in lines
        assert "train 2 steps, lr 0.1" in lines
        assert "train 2 steps, lr 0.1, adam" in lines
