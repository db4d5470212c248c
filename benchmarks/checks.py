"""Keystroke to findings: times of the checks beside their goals. `python benchmarks/checks.py`"""

from __future__ import annotations

import ast
import statistics
import time

from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.checks.check import check

from measurement import Measurement

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
GOALS = ((200, 8.0, 60), (1_000, 25.0, 40), (3_000, 120.0, 20), (10_000, 250.0, 9))
"""Lines of the script, goal in milliseconds (95th percentile), rounds."""
KEYSTROKES = (("", "{n} + "), (", a line comes", "{lines}"))
"""What is told of a keystroke in the middle of the script, and what it writes."""
RATIOS = {200: (1.5, None), 1_000: (1.0, 1.5)}
"""Processor time beside `ast.parse` of the same text in the same round, by lines: median and 95th percentile."""


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
    """Print one line for each goal, with the processor time and the parser's own share to judge a busy machine by."""
    models = workspace(1_000)
    facts = Facts(
        path="/project/score.py", models=models, environment=EnvironmentFacts(packages={"scikit-learn": ">=1.5"})
    )
    for lines, goal, rounds in GOALS:
        text = script(lines)
        middle = text.index(" + ", len(text) // 2) + len(" + ")
        for what, written in KEYSTROKES:
            walls, processors, parses = [], [], []
            check(text, facts)
            for round_ in range(rounds):
                edited = text[:middle] + written.format(n=round_ + 1, lines="\n" * (round_ + 1)) + text[middle:]
                wall, processor = time.perf_counter(), time.process_time()
                check(edited, facts)
                walls.append((time.perf_counter() - wall) * 1000)
                processors.append((time.process_time() - processor) * 1000)
                processor = time.process_time()
                ast.parse(edited)
                parses.append((time.process_time() - processor) * 1000)
            used, parsing = statistics.median(processors), statistics.median(parses)
            slowest = p95(walls)
            print(
                f"checks, {lines:>6,} lines{what}: median {statistics.median(walls):6.1f} ms, p95 {slowest:6.1f} ms, "
                f"goal {goal:3.0f} ms; processor {used:6.1f} ms = {used / parsing:.1f} x ast.parse"
            )
            title = f"checks: {lines:,} lines{what}, workspace of 1,000 models, 95th percentile"
            Measurement(title, f"<= {goal:.0f} ms", f"{slowest:.1f} ms", slowest <= goal).emit()
            title = f"checks: {lines:,} lines{what}, processor beside ast.parse"
            median, most = RATIOS.get(lines, (None, None))
            beside(f"{title}, median", used / parsing, median)
            beside(f"{title}, 95th percentile", p95(processors) / parsing, most)


def beside(title: str, ratio: float, goal: float | None) -> None:
    """One line where there is a goal."""
    if goal is not None:
        Measurement(title, f"<= {goal:.1f} x", f"{ratio:.2f} x", ratio <= goal).emit()


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


if __name__ == "__main__":
    main()
