"""Paramscope: `streamlit run dashboard.py`.

Streamlit imports this file for the server, which is `app`, and runs it as a script for every visitor.
"""

import streamlit as st

from core.engine import settings
from pages.frame import callbacks, navigation, serving

settings.stop_on_a_bad_one()
if __name__ == "__main__":
    navigation.run()
else:
    callbacks.run_whole()
    app = st.App(__file__, middleware=serving.middleware(), lifespan=serving.lifespan)
