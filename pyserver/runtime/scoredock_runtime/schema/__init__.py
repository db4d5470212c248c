"""The inference-schema library as scripts use it: same names, same messages, same swagger fragments.

Its faults are kept as well, because clients of v1 saw them. `strict` puts right those that no working service can
depend on; the worker sets it before it imports the script:

| sample | as in the library | strict |
|---|---|---|
| `date` | no request is ever accepted before Python 3.14 | `"2024-01-31"` |
| `bytearray` | no request is ever accepted | base64 text |
| NumPy moments and durations in more than one dimension | no request is ever accepted | nested lists of texts |
| NumPy moments finer than microseconds, NaT, Spark dates, timestamps and nulls | the script cannot start | described |
| NumPy and Spark booleans | examples are `"True"` | examples are `true` |
| a decorator of the script's own with two or more names from around it | the schema is lost | found |

May import: the standard library; NumPy, pandas and Spark late. Door: `registry` and `decorators`, under the names that
the library gives them (see `shims`).
"""

strict = False
