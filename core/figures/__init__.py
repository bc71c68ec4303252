"""Records as drawings and charts, every color in one file; no raw data comes here.

`drawing` says what the canvas components are told to draw: a card's row comes from `card`, schemes side by side from
`draws`, films from `tying` and `twins`. Plotly draws the large view, `heatmap` and `distribution`.
"""
