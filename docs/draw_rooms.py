"""Draws docs/images/rooms.svg from the imports themselves: `make rooms`.

A box is a room, with the first sentence of its docstring; it stands one floor above the highest room that it imports
from. An arrow is an import; where a longer way leads there too it is left out, which halves their number.
"""

import ast
import html
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
#: The wheel's own `__init__`, which nothing imports.
_NO_ROOMS = {"core.installed"}
#: Folders of pages that are rooms; all its files together are another, which has no docstring.
_FOLDERS = {"pages.gate", "pages.frame", "pages.components", "pages.views"}
_PAGES = "A thin file each: read choices, ask, draw."

_WIDTH, _LANE, _GAP, _PITCH, _BOX, _WIDEST = 1120, 18, 16, 98, 68, 470
_MARGIN = 3 * _LANE
_LINES = 3
_CHARACTER = 5.9  # pixels, of the small font, on the safe side
_STYLE = """
text { font-family: system-ui, sans-serif; font-size: 11.5px; fill: #1b2430; text-anchor: middle }
.name { font-size: 14px; font-weight: 600 }
rect { fill: #f1f4f9; stroke: #94a3b8 }
.pages rect { fill: #e3eefc }
path { fill: none; stroke: #64748b; stroke-width: 1.2; stroke-linejoin: round; marker-end: url(#head) }
marker path { fill: #64748b; stroke: none; marker-end: none }
.ground { fill: #ffffff; stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6ebf2 }
  rect { fill: #1b232e; stroke: #526075 }
  .pages rect { fill: #17304f }
  path { stroke: #94a3b8 }
  marker path { fill: #94a3b8 }
  .ground { fill: #10151c }
}
"""


def drawing() -> str:
    """The picture, the same for the same imports and docstrings."""
    imports = _imports()
    floors = _floors(imports)
    places = _places(floors)
    height = len(floors) * _PITCH + _GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
            "<title>The rooms of Paramscope: each imports only from rooms below it</title>",
            f"<style>{_STYLE}</style>",
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>',
            f'<rect class="ground" width="{_WIDTH}" height="{height}"/>',
            *_arrows(imports, places),
            *(_box(room, *place) for room, place in places.items()),
            "</svg>\n",
        ]
    )


def _imports() -> dict[str, set[str]]:
    """Every room, and the rooms that it imports from."""
    graph = grimp.build_graph("core", "pages", cache_dir=None, exclude_type_checking_imports=True)
    imports: dict[str, set[str]] = defaultdict(set)
    for module in sorted(graph.modules):
        room = _room(module)
        if room is not None:
            below = {_room(imported) for imported in graph.find_modules_directly_imported_by(module)}
            imports[room] |= {other for other in below if other not in (None, room)}
    return dict(imports)


def _room(module: str) -> str | None:
    parts = module.split(".")
    room = ".".join(parts[:2])
    if parts[0] == "pages":
        return room if room in _FOLDERS else "pages"
    return room if len(parts) > 1 and room not in _NO_ROOMS else None


def _floors(imports: dict[str, set[str]]) -> list[list[str]]:
    """Rooms by floor, the ground last."""
    floors: dict[int, list[str]] = defaultdict(list)
    for room in imports:
        floors[_floor(room, imports)].append(room)
    return [sorted(floors[floor]) for floor in sorted(floors, reverse=True)]


def _floor(room: str, imports: dict[str, set[str]]) -> int:
    return 1 + max((_floor(below, imports) for below in imports[room]), default=0)


def _places(floors: list[list[str]]) -> dict[str, tuple[float, float, float]]:
    """Left edge, upper edge and width of each room's box."""
    places = {}
    for number, rooms in enumerate(floors):
        inner = _WIDTH - 2 * _MARGIN
        width = min(_WIDEST, (inner - _GAP * (len(rooms) - 1)) / len(rooms))
        left = (_WIDTH - len(rooms) * width - (len(rooms) - 1) * _GAP) / 2
        for index, room in enumerate(rooms):
            places[room] = (left + index * (width + _GAP), number * _PITCH + _GAP, width)
    return places


def _box(room: str, left: float, top: float, width: float) -> str:
    middle = left + width / 2
    texts = [f'<text class="name" x="{middle:g}" y="{top + 19:g}">{room.replace(".", "/")}</text>'] + [
        f'<text x="{middle:g}" y="{top + 34 + 13 * number:g}">{html.escape(line, quote=False)}</text>'
        for number, line in enumerate(_lines(_sentence(room), int((width - 16) / _CHARACTER)))
    ]
    box = f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{_BOX}" rx="6"/>'
    return f'<g class="{room.partition(".")[0]}">{box}{"".join(texts)}</g>'


def _lines(sentence: str, characters: int) -> list[str]:
    """In as many lines as a box has room for; of a sentence that is longer, what stands before its colon."""
    lines = textwrap.wrap(sentence, characters)
    return lines if len(lines) <= _LINES else textwrap.wrap(sentence.partition(":")[0] + ".", characters)


def _sentence(room: str) -> str:
    """The first sentence of the room's docstring, up to a semicolon."""
    if room == "pages":
        return _PAGES
    path = ROOT.joinpath(*room.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].partition(". ")[0]
    return first.partition(";")[0].replace("`", "").rstrip(".") + "."


def _arrows(imports: dict[str, set[str]], places: dict[str, tuple[float, float, float]]) -> Iterator[str]:
    """Straight to the next floor; to a lower one by a lane at the side, past the boxes between."""
    lanes = {False: 0, True: 0}
    for room in sorted(imports, key=lambda name: places[name]):
        left, top, width = places[room]
        for below in sorted(_nearest(room, imports)):
            left_below, top_below, width_below = places[below]
            start, end = left + width / 2, left_below + width_below / 2
            if top_below - top == _PITCH:
                yield f'<path d="M{start:g} {top + _BOX:g} L{end:g} {top_below:g}"/>'
                continue
            at_right = start + end > _WIDTH
            lanes[at_right] += 1
            shift = lanes[at_right] * _LANE
            lane = _WIDTH - shift if at_right else shift
            side = shift / 2 if at_right else -shift / 2  # apart from the arrow that begins or ends in the middle
            out, into = top + _BOX + 5 + shift / 6, top_below - 16 + shift / 6
            yield (
                f'<path d="M{start + side:g} {top + _BOX:g} V{out:g} H{lane:g} V{into:g} '
                f'H{end + side:g} V{top_below:g}"/>'
            )


def _nearest(room: str, imports: dict[str, set[str]]) -> set[str]:
    """The rooms it imports from, without those that it reaches by way of another of them."""
    return {below for below in imports[room] if not any(below in _reached(other, imports) for other in imports[room])}


def _reached(room: str, imports: dict[str, set[str]]) -> set[str]:
    """Every room below, by whatever way."""
    return imports[room].union(*(_reached(below, imports) for below in imports[room]))


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8", newline="\n")
