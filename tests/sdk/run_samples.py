"""Runs samples one after the other in one Python, as the cells of a notebook: `run_samples.py STEPS.json RESULTS.json`.

A step is a sample with the code before and after it; its result is empty, or the error that it ended with.
"""

import json
import sys
import traceback
from pathlib import Path

steps, results = sys.argv[1:]
given = json.loads(Path(steps).read_text())
names = {"__name__": "__main__", **given["names"]}
outcome = {}
for step in given["steps"]:
    try:
        for part in ("before", "text", "after"):
            exec(compile(step[part], f"{step['key']} {part}", "exec"), names)
        outcome[step["key"]] = ""
    except BaseException as error:
        print(f"--- {step['key']}", file=sys.stderr)
        traceback.print_exc()
        outcome[step["key"]] = f"{type(error).__name__}: {str(error)[:2000]}"
    Path(results).write_text(json.dumps(outcome))
