"""Every color of the dashboard's pictures.

The value scale fades to almost nothing at zero: zero looks like the page, in light and in dark.
"""

BEFORE = "rgba(140, 150, 164, 0.58)"
AFTER = "rgba(26, 111, 223, 0.62)"
HIGHLIGHT = "rgb(230, 97, 1)"
THEORY = HIGHLIGHT
LINES = "rgba(128, 136, 150, 0.55)"
#: Blue below zero, red above: ColorBrewer's RdBu, safe for color-blind eyes, faded out at its center.
VALUES: list[tuple[float, str]] = [
    (0.0, "rgba(5, 67, 140, 1)"),
    (0.15, "rgba(33, 102, 172, 1)"),
    (0.35, "rgba(67, 147, 215, 0.72)"),
    (0.5, "rgba(128, 136, 150, 0.10)"),
    (0.65, "rgba(226, 110, 84, 0.72)"),
    (0.85, "rgba(196, 45, 52, 1)"),
    (1.0, "rgba(150, 10, 38, 1)"),
]
#: Purple below zero, orange above: ColorBrewer's PuOr, for gradients.
GRADIENTS: list[tuple[float, str]] = [
    (0.0, "rgba(84, 39, 136, 1)"),
    (0.25, "rgba(128, 115, 190, 0.9)"),
    (0.5, "rgba(128, 136, 150, 0.10)"),
    (0.75, "rgba(233, 140, 40, 0.9)"),
    (1.0, "rgba(190, 90, 6, 1)"),
]
#: Twins in training: tied, untied, and two Parameters over one storage; all but the first from ColorBrewer's Dark2.
TIED, UNTIED, STORAGE = "rgb(26, 111, 223)", "rgb(217, 95, 2)", "rgb(117, 112, 179)"
#: The first uses of one tensor, in the order of the forward pass.
USES = ("rgb(27, 158, 119)", "rgb(231, 41, 138)", "rgb(166, 118, 29)", "rgb(102, 166, 30)")
