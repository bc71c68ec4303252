"""A headline tells a step in one line."""

from core.recipe.headlines import headline
from core.recipe.steps import (
    Custom,
    Edit,
    FileInit,
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

    def test_says_the_values_that_tell_steps_of_one_kind_apart(self) -> None:
        lesson = Subtree("", "Linear", "weight")
        drawn = Initialize("normal", lesson, (("std", 0.01),), seed=7)
        assert headline(drawn) == "normal_ on net Linear.weight, std=0.01, seed 7"
        assert headline(Initialize("constant", lesson, (("val", 1.0),), 7)) == "constant_ on net Linear.weight, val=1"
        assert headline(Train(20, 0.05, 3, "adam")) == "train 20 steps, lr 0.05, adam, seed 3"
        assert headline(Forward(4)) == "net(X), seed 4"
        assert headline(Custom("def my_init(m):\n    pass", "my_init", seed=2)) == "my_init on net, seed 2"
        statements = Custom("\nnet[0].bias.data.fill_(1)\nx = 1", applies_to="statements")
        assert headline(statements) == "your code (net[0].bias.data.fill_(1)) on net"

    def test_stays_short_and_plain_whatever_a_stranger_wrote(self) -> None:
        long = "weight\u202e" + "x" * 1_900
        for step in (
            Initialize("normal", Subtree(long, long, long)),
            Initialize("normal", Pattern(long)),
            Edit(long, "\n".join(["w += 1"] * 100)),
            Tie(long, long),
            Custom("x = 1 #" + long, applies_to="statements"),
            FileInit("a" * 1_900 + ".py:f"),
        ):
            line = headline(step)
            assert len(line) < 400
            assert line.isprintable()
