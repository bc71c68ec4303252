"""Paramscope: `streamlit run dashboard.py`."""

from pages.frame import navigation

if __name__ == "__main__":
    navigation.run()
