"""The parts of a drawing that a test looks at, once it is sure that they are there."""

from core.figures.drawing import CardDrawing, FilmDrawing, HistogramDrawing, Panel


def panels(drawing: CardDrawing | FilmDrawing) -> list[Panel]:
    """The pictures of a card, or of a film of one frame, row after row: none is a remark or moves."""
    shown = drawing["panels"] if "panels" in drawing else [panel for row in drawing["rows"] for panel in row["panels"]]
    found: list[Panel] = []
    for panel in shown:
        assert "flags" in panel, panel
        found.append(panel)
    return found


def histogram(drawing: CardDrawing) -> HistogramDrawing:
    """The distribution of a card that has one."""
    assert drawing["histogram"] is not None
    return drawing["histogram"]
