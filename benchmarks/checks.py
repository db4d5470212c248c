"""Keystroke to findings: times of the checks beside their goals. `python benchmarks/checks.py`"""

from __future__ import annotations

import statistics
import time

from scoredock.checks import check
from scoredock.configs.facts import Facts, ModelFacts

HEAD = """import json
import os

import joblib
import numpy as np


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(data):
    rows = np.array(json.loads(data)["data"])
    return step_0(model.predict(rows), scale=2.0).tolist()


"""
STEP = '''def step_{n}(values, scale=1.0, limit=None):
    """Step {n} of the preparation."""
    if limit is not None and values.shape[0] > limit:
        values = values[:limit]
    result = np.clip(values * scale + {n}, -1e6, 1e6)
    names = [f"column_{{i}}" for i in range(result.shape[-1])]
    table = {{name: float(result[..., i].mean()) for i, name in enumerate(names)}}
    print("step {n}", table.get("column_0"), sorted(table)[:3])
    return result


'''
GOALS = ((200, 8.0, 60), (1_000, 25.0, 40), (10_000, 250.0, 5))
"""Lines of the script, goal in milliseconds (95th percentile), rounds."""


def script(lines: int) -> str:
    """A script of about so many lines in the style of people's own."""
    text = HEAD
    number = 0
    while text.count("\n") < lines:
        text += STEP.format(n=number)
        number += 1
    return "\n".join(text.splitlines()[:lines]) + "\n"


def workspace(models: int) -> dict[str, tuple[ModelFacts, ...]]:
    """Facts of a workspace with so many models."""
    return {f"model-{n}": (ModelFacts(f"model-{n}", 1, ("model.pkl", f"extra/{n}.json")),) for n in range(models)}


def main() -> None:
    """Print one line for each goal."""
    models = workspace(1_000)
    facts = Facts(path="/project/score.py", models=models, packages={"scikit-learn": ">=1.5"})
    for lines, goal, rounds in GOALS:
        text = script(lines)
        times = []
        for round_ in range(rounds):
            edited = text + f"# {round_}\n"
            begun = time.perf_counter()
            check(edited, facts)
            times.append((time.perf_counter() - begun) * 1000)
        times.sort()
        p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
        print(
            f"checks, {lines:>6,} lines, 1,000 models: median {statistics.median(times):6.1f} ms, p95 {p95:6.1f} ms, goal {goal:.0f} ms"
        )


if __name__ == "__main__":
    main()
