"""The people of a lesson and what is noted of them, for the benchmark `classroom.py`."""
