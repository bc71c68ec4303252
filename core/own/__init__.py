"""The operator's own files: models and init functions that Paramscope was started with.

`streamlit run dashboard.py -- --model path/to/model.py:build --init path/to/inits.py`. They are the operator's, so they
are trusted; they are imported where models live, before any worker is forked, and never in the server.
"""
