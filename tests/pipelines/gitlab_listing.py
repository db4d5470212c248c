"""The jobs of files of GitLab CI, as `scoredock pipeline show` and gitlab-ci-local list them.

As a program it lays out the test cases of a clone of gitlab-ci-local, none of which is in this repository, and says of
each file whether the two agree, else who is right and why:

    .venv/bin/python tests/pipelines/gitlab_listing.py CLONE [CASE]

It ends with 1 where one is not explained.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scoredock.cli.main import main as cli

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "node_modules" / ".bin" / "gitlab-ci-local"
Listing = dict[str, dict[str, Any]]
_CACHE = ("left", "a fault in a key that says nothing of which jobs there are: show does not look at it")
_UNREAD = ("left", "show names what it cannot read, and lists the rest")
REASONS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("cache-key-invalid-files/", "cache-paths-not-array/", "dependencies-not-found/"), _CACHE),
    **dict.fromkeys(("interactive-image/", "needs-contains-dependencies/", "needs-invalid-stage/"), _CACHE),
    **dict.fromkeys(
        ("needs-not-array/", "needs-parallel-matrix-expressions-", "rules-blank/", "script-blank/"), _CACHE
    ),
    **dict.fromkeys(("reference/.gitlab-ci-11-", "script-multidimension/.gitlab-ci-11-"), _CACHE),
    **dict.fromkeys(("completion/", "include-local/.gitlab-ci", "include-template/", "include-remote/"), _UNREAD),
    **dict.fromkeys(("include-invalid-", "include-project-file"), _UNREAD),
    **dict.fromkeys(("component-inputs-",), ("left", "values are in a file that is gitlab-ci-local's own")),
    **dict.fromkeys(("when/", "comment-directive-anchor/"), _CACHE),
    "include-nested/.150-": ("left", "more than 150 files are refused here, with the place"),
    "interactive/": ("theirs", "GitLab: a manual job outside of rules may fail"),
    "self-dependency/": ("theirs", "GitLab refuses a job that needs itself: a circular dependency"),
    "preview/.gitlab-ci-base": ("left", "a file of hidden jobs alone is refused, as GitLab does"),
    "reference/.gitlab-ci-base": ("left", "a file of hidden jobs alone is refused, as GitLab does"),
    "reference/.gitlab-ci-issue-899-": ("left", "a file of hidden jobs alone is refused, as GitLab does"),
    "rules-changes/": (
        "left",
        "the files that a commit changed are for git to say: show starts no process, and says so",
    ),
}
"""By the beginning of a case and its file: who is right, and why."""


def of_theirs(folder: Path, file: str) -> Listing | str:
    """By the names of jobs; a text is why there are none."""
    # Whether the file fits a schema is another question, and takes most of the time.
    options = ("--list-json", "--no-color", "--json-schema-validation=false")
    command = [str(PROGRAM), *options, "--file", file, "--home", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200)
    if done.returncode:
        return next((line for line in done.stderr.splitlines()[::-1] if not line.startswith("    at")), "")
    # Warnings stand before the list.
    start = re.search(r"^\[", done.stdout, re.MULTILINE)
    jobs = json.loads(done.stdout[start.start() if start else 0 :])
    names = {_base(each["name"]) for each in jobs}
    return {each["name"]: _theirs(each, names) for each in jobs}


def _base(name: str) -> str:
    """Without the run of a matrix."""
    return re.sub(r": \[.*", "", name)


def _theirs(job: dict[str, Any], names: set[str]) -> dict[str, Any]:
    may_fail = job["allow_failure"]
    codes = may_fail["exit_codes"] if isinstance(may_fail, dict) else None
    needs = [(_base(each["job"]), each.get("optional")) for each in job.get("needs") or []]
    return {
        "stage": job["stage"],
        "when": job["when"],
        "may fail": ", ".join(map(str, codes if isinstance(codes, list) else [codes])) if codes else bool(may_fail),
        "needs": sorted({name for name, is_optional in needs if name in names or not is_optional}),
    }


def of_ours(folder: Path, file: str) -> Listing | str:
    answer, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(answer), contextlib.redirect_stderr(error):
        code = cli([*("pipeline", "show", str(folder / file)), *("--root", str(folder), "--json")])
    return (
        of_message(json.loads(answer.getvalue()))
        if code == 0
        else str(json.loads(error.getvalue())["error"]["message"])
    )


def of_message(shown: dict[str, Any]) -> Listing:
    """What `show` answers."""
    return {
        f"{job['name']}: [{job['run'].replace(', ', ',')}]" if job["run"] else job["name"]: {
            "stage": job["stage"],
            "when": job["condition"],
            "may fail": job["continues"] == "true" or job["continues"] or False,
            "needs": sorted(job["needs"]),
        }
        for job in shown["jobs"]
    }


def difference(ours: Listing | str, theirs: Listing | str) -> str:
    """In one line; empty for none."""
    if isinstance(ours, str) or isinstance(theirs, str):
        both = isinstance(ours, str) and isinstance(theirs, str)
        return "" if both else f"ours: {_short(ours)} theirs: {_short(theirs)}"
    parts = [f"ours alone: {sorted(ours.keys() - theirs.keys())}"] if ours.keys() - theirs.keys() else []
    parts += [f"theirs alone: {sorted(theirs.keys() - ours.keys())}"] if theirs.keys() - ours.keys() else []
    for name in ours.keys() & theirs.keys():
        parts += [
            f"{name}: {key} {ours[name][key]!r} {theirs[name][key]!r}"
            for key in ours[name]
            if ours[name][key] != theirs[name][key]
        ]
    return "; ".join(parts)


def _short(listing: Listing | str) -> str:
    return f"refused ({listing})" if isinstance(listing, str) else f"{len(listing)} jobs"


def _cases(clone: Path, place: Path, only: str) -> Iterator[tuple[str, Path, str]]:
    """The name, folder and file of each, in a repository of its own."""
    archive = subprocess.run(
        ["git", "--git-dir", str(clone), "archive", "HEAD", "tests/test-cases"], check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", str(place)], input=archive.stdout, check=True)
    for folder in sorted((place / "tests" / "test-cases").iterdir()):
        files = sorted(
            path.name for path in folder.glob("*.yml") if ".gitlab-ci" in path.name or "gitlab-ci" in path.name
        )
        files = [name for name in files if not name.startswith(".gitlab-ci-local")]
        if not folder.is_dir() or not files or only not in folder.name:
            continue
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
        for words in (
            ["init", "-q", "-b", "main"],
            ["remote", "add", "origin", "git@gitlab.com:gcl/test-project.git"],
            ["add", "-A", "-f"],
            ["commit", "-q", "-m", "case"],
        ):
            subprocess.run([*git, *words], cwd=folder, check=True, capture_output=True)
        yield from ((f"{folder.name}/{name}", folder, name) for name in files)


def _verdict(name: str, ours: Listing | str, theirs: Listing | str) -> tuple[str, str, str]:
    said = difference(ours, theirs)
    if not said:
        return name, "agree", ""
    return (name, *next((verdict for key, verdict in REASONS.items() if name.startswith(key)), ("ours", said)))


def main(clone: str, only: str = "") -> int:
    verdicts = []
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(os.cpu_count()) as pool:
        cases = list(_cases(Path(clone), Path(place), only))
        theirs = pool.map(lambda case: of_theirs(*case[1:]), cases)
        for (name, folder, file), listing in zip(cases, theirs, strict=True):
            verdicts.append(_verdict(name, of_ours(folder, file), listing))
            _, verdict, reason = verdicts[-1]
            print(f"{verdict:7} {name}{f': {reason}' if reason else ''}", flush=True)
    counts = Counter(verdict for _, verdict, _ in verdicts)
    print(", ".join(f"{verdict} {counts[verdict]}" for verdict in ("agree", "ours", "theirs", "left")))
    return int(counts["ours"] > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
