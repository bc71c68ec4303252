"""Paramscope's domain: recipes of a model, their replay, measurements and figures.

Nothing here imports Streamlit; `core.engine` is the only part that knows about processes.
"""
