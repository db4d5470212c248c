"""Python runs this at its start where the folder is in PYTHONPATH, with the folder of the tests behind it."""

from third_engine import third_row

third_row.add()
