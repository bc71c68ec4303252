"""Paramscope: `streamlit run dashboard.py`."""

from core.engine import settings
from pages.frame import navigation

settings.stop_on_a_bad_one()
if __name__ == "__main__":
    navigation.run()
