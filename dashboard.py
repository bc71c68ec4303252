"""Paramscope: `streamlit run dashboard.py`."""

from pages.frame import frame

if __name__ == "__main__":
    frame.run()
