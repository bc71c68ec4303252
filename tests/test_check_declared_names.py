"""What counts of a tensor that several names or patterns reach, and numbers declared as a person writes them."""

import pytest

from core.check import main

FILE = """
import math
from torch import nn

class Tied(nn.Module):
    def __init__(self, std=0.02):
        super().__init__()
        self.emb, self.head = nn.Embedding(60, 32), nn.Linear(32, 60, bias=False)
        self.head.weight = self.emb.weight
        nn.init.normal_(self.emb.weight, 0, std)

def second_name(): return Tied(1.0)
second_name.expects = {"head.weight": normal(0, 0.02)}
def second_name_right(): return Tied()
second_name_right.expects = {"head.*": normal(0, 0.02)}
def part_of_second_name(): return Tied()
part_of_second_name.expects = {"head.weight[0]": zeros()}
def differently(): return Tied()
differently.expects = {"emb.*": normal(0, 0.02), "head.*": normal(0, 1)}
def general_rule_for_the_second_name(): return Tied()
general_rule_for_the_second_name.expects = {"emb.weight": normal(0, 0.02), "*.weight": normal(0, 1)}

def shared_module():
    layer = nn.Linear(40, 40)
    return nn.Sequential(layer, nn.ReLU(), layer)
shared_module.expects = {"2.weight": normal(0, 1)}

def by_data(turned=False):
    first, second = nn.Linear(40, 40), nn.Linear(40, 40)
    second.weight.data = first.weight.data.t() if turned else first.weight.data
    return nn.Sequential(first, second)
by_data.expects = {"1.weight": normal(0, 1)}
def by_turned_data(): return by_data(turned=True)
by_turned_data.expects = {"1.weight": normal(0, 1)}

def layers():
    net = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 64))
    for each in net:
        nn.init.normal_(each.weight, 0, 0.02)
        nn.init.zeros_(each.bias)
    return net
def narrower_later(): return layers()
narrower_later.expects = {"*": normal(0, 0.02), "*.bias": zeros()}
def one_of_them_later(): return layers()
one_of_them_later.expects = {"*.weight": normal(0, 0.02), "0.weight": normal(0, 1)}
def wider_later(): return layers()
wider_later.expects = {"*.bias": zeros(), "*": normal(0, 0.02)}

def table(std=0.1, padding=4, zeroed=4):
    found = nn.Embedding(50, 32, padding_idx=padding)
    nn.init.normal_(found.weight, 0, std)
    if zeroed is not None:
        found.weight.data[zeroed].zero_()
    return found
def padded(): return table()
def last_row_padded(): return table(padding=-1, zeroed=-1)
def padded_and_wrong(): return table(std=0.15)
def lost(): return table(zeroed=None)
def zeroed_elsewhere(): return table(zeroed=5)
padded.expects = last_row_padded.expects = padded_and_wrong.expects = normal(0, 0.1)
lost.expects = zeroed_elsewhere.expects = normal(0, 0.1)

def linear(start, change=lambda weight: None, bits=lambda net: net):
    net = bits(nn.Linear(49, 80))
    nn.init.constant_(net.weight, start)
    change(net.weight.data)
    return net
def added(): return linear(0, lambda w: w.add_(0.3).sub_(0.1))
added.expects = {"weight": constant(0.2)}
def of_binary_sum(): return linear(0.1, lambda w: w.add_(0.2))
of_binary_sum.expects = {"weight": constant(0.3)}
def divided(): return linear(0.7, lambda w: w.div_(7))
divided.expects = {"weight": constant(0.1)}
def of_two_roots(): return linear(math.sqrt(2) / 2)
of_two_roots.expects = {"weight": constant(1 / math.sqrt(2))}
def of_fan(): return linear(1 / math.sqrt(49), lambda w: w.mul_(3))
of_fan.expects = {"weight": constant(3 / math.sqrt(fan_in))}
def narrow(): return linear(0, lambda w: w.add_(0.3).sub_(0.1), lambda net: net.bfloat16())
narrow.expects = {"weight": constant(0.2)}
def part():
    net = nn.LSTM(8, 8)
    net.bias_hh_l0.data[8:16] = 0.1 + 0.2
    return net
part.expects = {"bias_hh_l0[n/4:n/2]": constant(0.3)}
def another(): return linear(0.201)
another.expects = {"weight": constant(0.2)}
def next_number(): return linear(0.2000001)
next_number.expects = {"weight": constant(0.2)}
def not_zero(): return linear(1e-30)
not_zero.expects = {"weight": zeros()}
"""


@pytest.mark.parametrize("build", ["second_name", "part_of_second_name", "shared_module", "by_data", "by_turned_data"])
def test_a_declaration_holds_of_a_tied_tensor_by_any_of_its_names(file: str, build: str) -> None:
    assert main([f"{file}:{build}"]) == 1


@pytest.mark.parametrize("build", ["second_name_right", "general_rule_for_the_second_name"])
def test_a_tied_tensor_that_is_as_one_of_its_names_declares_is_consistent(file: str, build: str) -> None:
    assert main([f"{file}:{build}"]) == 0


def test_two_names_of_one_tensor_that_are_declared_differently_are_said(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{file}:differently"]) == 1
    assert "declares emb.weight and head.weight differently, which are one tensor" in capsys.readouterr().out


def test_a_narrower_pattern_counts_wherever_it_stands(file: str) -> None:
    assert main([f"{file}:narrower_later"]) == main([f"{file}:wider_later"]) == 0
    assert main([f"{file}:one_of_them_later"]) == 1


@pytest.mark.parametrize("build", ["padded", "last_row_padded"])
def test_a_zeroed_row_for_padding_is_right_whatever_is_declared_of_the_table(file: str, build: str) -> None:
    assert main([f"{file}:{build}"]) == 0


@pytest.mark.parametrize("build", ["padded_and_wrong", "zeroed_elsewhere"])
def test_the_rest_of_the_table_is_held_against_the_declaration(file: str, build: str) -> None:
    assert main([f"{file}:{build}"]) == 1


def test_a_row_for_padding_that_was_drawn_over_is_said(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{file}:lost"]) == 0
    assert "row 4, the padding, is not 0" in capsys.readouterr().out


@pytest.mark.parametrize("build", ["added", "of_binary_sum", "divided", "of_two_roots", "of_fan", "narrow", "part"])
def test_a_declared_number_is_met_by_what_its_arithmetic_rounds_to(file: str, build: str) -> None:
    assert main([f"{file}:{build}"]) == 0


@pytest.mark.parametrize("build", ["another", "next_number", "not_zero"])
def test_another_number_is_none_that_rounding_makes(file: str, build: str) -> None:
    assert main([f"{file}:{build}"]) == 1
