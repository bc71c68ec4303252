"""Code whose text is odd to hold: quotes, escapes, tabs, letters beyond ASCII, no line end."""

from tests.recipe.scripted.making import RUN, model

_ODD = r"""
TEXT = '''a \n \\ \"\"\" \' größe 重み 😀
	tab'''
LONG = 'x\
y'
RAW = r'\d'
def build():
	global layer_type
	layer_type = nn.Linear
	net = layer_type(4, 4)
	net.bias.data.fill_(len(TEXT) + len(LONG) + len(RAW))
	return net
"""
_RUNS = """
batch = lambda size: (torch.rand(size, 4), torch.rand(size, 4))
loss = F.mse_loss  # ends in ''' and \\"""
ODD_TEXTS = {
    "text that is odd to hold": model(f"# -*- coding: latin-1 -*-\n{_ODD}", *RUN, runs=_RUNS),
    "the same in a namespace of its own": model(f"from math import *\n{_ODD}", *RUN, runs=_RUNS),
    "line ends of other systems": model(_ODD.replace("\n", "\r\n"), *RUN, runs=_RUNS),
    "those in a namespace of its own": model(f"from math import *\n{_ODD}".replace("\n", "\r"), *RUN, runs=_RUNS),
}
