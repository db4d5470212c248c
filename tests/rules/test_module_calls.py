"""How many stops a prepared deployment makes: the script that counts them, and the most there may be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

MOST = 345
"""Half of what they were before requests, plans and revisions became values (commit eeda079d)."""


def counted() -> tuple[int, list[str]]:
    script = Path(__file__).with_name("module_calls.py")
    run = subprocess.run([sys.executable, str(script), "--edges"], capture_output=True, text=True, check=True)
    total = re.search(r"^(\d+) calls from one module into another$", run.stdout, re.MULTILINE)
    assert total is not None, run.stdout
    return int(total[1]), run.stdout.splitlines()


def test_a_prepared_deployment_makes_few_calls_and_plans_without_reading_again() -> None:
    calls, edges = counted()
    assert 100 < calls <= MOST, "python tests/rules/module_calls.py --edges shows them"
    made = [line for line in edges if re.search(r"services/planning/plan:\w+ -> ", line)]
    assert made
    assert not [line for line in made if re.search(r"-> services/planning/(inputs|files|environment):", line)]
