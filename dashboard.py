"""Paramscope: `streamlit run dashboard.py`."""

from pages.shared import frame

if __name__ == "__main__":
    frame.run()
