"""A worker of a batch job: it has the entry script, reads its own rows, and writes its own results.

All files here and all that they import of this package parse and run on Python 3.6, with nothing but its standard
library, as in `script_process`; pandas and pyarrow are the script's own and imported where rows are read.

May import: `base`, `script_process` and `shims`, as far as they are 3.6. Door: `forked.work` for a fork of the
template, `host.py` for the interpreter of a script.
"""
