"""Records as figures; no raw data comes here, and every color is in `core.figures.colors`.

A card's row is drawn by a component of our own from `card.card_drawing`, what ties do by another from `tying` and
`twins`, everything else by Plotly.
"""
