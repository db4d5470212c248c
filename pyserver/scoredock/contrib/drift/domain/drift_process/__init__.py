"""Runs in the person's own interpreter: reads rows, and compares two data sets column by column.

Python 3.6 and newer, the standard library, NumPy, and pandas or pyarrow where the rows need them; nothing of the server
is imported. Door: `main`.
"""
