"""Shards of the gate: costly files of tests, of which a run of the gate takes one part in six.

The number of commits decides which (`scripts/shard.mjs`), so that a run can be repeated, and each test has its turn
every six commits. Whatever a change cannot do without runs always: ALWAYS, and all that is cheap. The long run has
everything, and so has `SCOREDOCK_TEST_SHARD=all npm test`.

    python tests/shards.py dist/reports     writes shards.json anew from the times of a run with all of them
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

VARIABLE = "SCOREDOCK_TEST_SHARD"
FILE = Path(__file__).with_name("shards.json")
COUNT = 6
COSTLY = 8.0
"""Seconds that a file takes, or a test of BY_TEST, before it is in a shard; in a run with three lanes."""
ALWAYS = {
    "tests/engines/test_contract.py": "each engine does what all of them promise",
    "tests/cluster/test_services.py": "the life of a service in a cluster, and an update that goes back",
    "tests/deploy/test_deploy.py": "the life of a service in a process",
    "tests/deploy/test_who_answers.py": "who answers after a kill",
    "tests/packages/test_bare_root.py": "an image that is made without Docker answers in Docker and Podman",
    "tests/ui/test_first_deployment.py": "three clicks to an answer",
    "tests/ui/test_services.py": "deploy, watch, call and update in the editor",
    "tests/ui/test_docker.py": "the same with Docker",
    "tests/lsp/test_life.py": "the server begins and ends",
}
"""Costly files that run each time, and why."""
ALWAYS_PAGES = ("README.md", "docs/getting-started.md", "examples/diabetes/README.md")
"""Pages whose commands run each time: what a newcomer meets first."""
BY_TEST = ("tests/documents/test_commands.py", "tests/lsp/test_methods.py")
"""Files whose tests know nothing of each other, so that each has a shard of its own."""
ALWAYS_FOLDERS = ("tests/rules/", "tests/checks/")
"""Rules are about the whole source; checks are what most changes are about."""


def shards() -> list[set[str]]:
    """Files, and ids of tests, by shard."""
    return [set(each) for each in json.loads(FILE.read_text(encoding="utf-8"))]


def left_out() -> set[str]:
    """Files and ids of tests that this run does without."""
    asked = os.environ.get(VARIABLE, "all")
    if asked == "all":
        return set()
    return set().union(*(each for number, each in enumerate(shards()) if number != int(asked)))


def _seconds(reports: Path) -> dict[str, float]:
    """What each file took, and each test of BY_TEST."""
    taken: dict[str, float] = defaultdict(float)
    for path in sorted(reports.glob("*.tests.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record.get("$report_type") == "TestReport":
                file = record["nodeid"].split("::")[0]
                taken[record["nodeid"] if file in BY_TEST else file] += record["duration"]
    return taken


def _runs_always(name: str) -> bool:
    return name in ALWAYS or name.startswith(ALWAYS_FOLDERS) or any(f"[{page}" in name for page in ALWAYS_PAGES)


def divided(seconds: dict[str, float]) -> list[list[str]]:
    """The costly ones in shards that take about the same time."""
    costly = {name: taken for name, taken in seconds.items() if taken >= COSTLY and not _runs_always(name)}
    parts: list[list[str]] = [[] for _ in range(COUNT)]
    totals = [0.0] * COUNT
    for name in sorted(costly, key=lambda each: (-costly[each], each)):
        least = totals.index(min(totals))
        parts[least].append(name)
        totals[least] += costly[name]
    return [sorted(each) for each in parts]


if __name__ == "__main__":
    found = divided(_seconds(Path(sys.argv[1])))
    FILE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"{sum(map(len, found))} files and tests in {COUNT} shards: {FILE}")
