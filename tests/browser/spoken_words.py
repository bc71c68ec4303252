"""A page that draws hostile text in every place that reads markdown, as our pages do: escaped by `core.text`.

`streamlit run` it with `?door=markdown` or `?door=code`.
"""

import sys
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from core import text
from tests.browser.hostile import WORDS

shown = [
    {"markdown": text.markdown, "code": text.code}[st.query_params.get("door", "markdown")](word) for word in WORDS
]
plain = [text.plain(word) for word in WORDS]
for number, word in enumerate(shown):
    with st.container(key=f"word_{number}"):
        st.markdown(word)
        st.caption(word)
        st.error(word)
        st.badge(word, help=word)
        st.button(word, key=f"button_{number}", help=word)
        st.checkbox(word, key=f"box_{number}")
        st.expander(word)
        st.markdown(f"**{word}** and {word}, *{word}* :gray[{word}] ({word}). {word}.")
        st.markdown(f"| {word} | **{word}** |\n|:--|:--|\n| {word} | {word} |")
st.selectbox("One", plain)
st.multiselect("Some", plain, default=plain)
st.radio("Which", shown)
st.segmented_control("Part", shown)
st.tabs(shown)
st.table(pd.DataFrame({"cell": shown}))
st.dataframe(pd.DataFrame({"cell": plain}))
st.code("\n".join(plain))
st.plotly_chart(go.Figure({"type": "bar", "y": [1] * len(plain), "x": [text.figure(word) for word in plain]}))
