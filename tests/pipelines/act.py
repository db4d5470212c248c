"""The cases of nektos/act beside ours: `python -m pipelines.act COPY` in `tests` lists each as agree, ours (we are
wrong), theirs (act is, by the documents of GitHub) or left, with the reason. COPY is a work tree or a bare repository
of act; nothing of it is here, and what is laid out goes with the temporary folder."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scoredock.contrib.pipelines.domain.expressions.evaluation import ExpressionScope, evaluate
from scoredock.contrib.pipelines.domain.expressions.functions import GITHUB
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.running.hash_files import chosen_files, hash_files

Verdict = Literal["agree", "ours", "theirs", "left"]
FOLDERS = ("pkg/exprparser", "pkg/model/testdata", "pkg/runner/testdata", "pkg/runner/runner_test.go")
SECONDS = 120
INDEX = "an index that is not a whole number is rounded down"
FILTERED = "an index behind a filter counts for each of its items, also behind brackets"
NULL = "null and null are equal"
THEIRS = {
    "github.event.commits[0].author.username1 != github.event.commits[1].author.username2": NULL,
    "github.event.pull_request.labels.*.name": "a filter gives a list, which is empty where there is nothing",
    'contains(fromJSON(\'[{ "first": { "result": "success" }},{ "second": { "result": "success" }}]\').first.result,'
    " 'success')": "a list has no names: `.*` is what looks into its items",
    "fromJSON('[0,1]')[1.1]": INDEX,
    "(github.event.commits.*.author.username)[0]": FILTERED,
    "secrets != env": "two mappings can be compared: they are not the same one",
}
"""What the runner of GitHub does otherwise, by its documents and its source."""
OWN = "it asks for what act calls itself"
LEFT = {
    "issue-1195/push.yml (push)": OWN,
    "runs-on/push.yml (push)": OWN,
    "if-env-act/push.yml (push)": OWN,
    "defaults-run/main.yaml (push)": "it asks for the SHELL of the container of act",
}


@dataclass(frozen=True)
class Case:
    """One case of theirs, and what it came to here."""

    name: str
    verdict: Verdict
    reason: str = ""


def laid_out(copy: Path, folder: Path) -> Path:
    """The tests of a copy of act, without the packages of Node."""
    if (copy / "pkg").is_dir():
        return copy
    git = ["git", "--git-dir", str(copy)]
    listing = subprocess.run([*git, "ls-tree", "-r", "HEAD", *FOLDERS], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        facts, _, name = line.partition("\t")
        mode, kind, blob = facts.split()
        content = subprocess.run([*git, "cat-file", "blob", blob], capture_output=True, check=False)
        if kind == "blob" and "node_modules" not in name and not content.returncode:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.stdout)
            (folder / name).chmod(0o755 if mode == "100755" else 0o644)
    return folder


# ---------------------------------------------------------------------------------------------------- expressions

ROW = re.compile(r"^\t\t\{(\"(?:[^\"\\]|\\.)*\"|`[^`]*`), (.*)\},\s*$", re.MULTILINE)
CONTEXTS: dict[str, Any] = {
    "github": {
        "action": "push",
        "event": {"commits": [{"author": {"username": "someone"}}, {"author": {"username": "someone-else"}}]},
    },
    "env": {"TEST": "value"},
    "job": {"status": "success"},
    "steps": {
        "step-id": {"outputs": {"name": "value"}, "outcome": "success", "conclusion": "success"},
        "step-id2": {"outputs": {}, "outcome": "failure", "conclusion": "skipped"},
    },
    "runner": {"os": "Linux", "temp": "/tmp", "tool_cache": "/opt/hostedtoolcache"},
    "secrets": {"name": "value"},
    "vars": {"name": "value"},
    "strategy": {"fail-fast": True},
    "matrix": {"os": "Linux"},
    "needs": {
        name: {"result": "success", "outputs": {"output-name": "value"}} for name in ("job-id", "another-job-id")
    },
    "inputs": {"name": "value"},
}
"""Those that their tests give."""


def expressions(root: Path) -> Iterator[Case]:
    """Each row of the tables of their parser."""
    for name in ("interpreter_test.go", "functions_test.go"):
        text = (root / "pkg/exprparser" / name).read_text("utf-8")
        text = re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE)
        text = re.sub(r"map\[string\]interface\{\}\{\n\s*(\"\w+\": \"\w+\"),\n\s*\}", r"{\1}", text)
        for function in re.split(r"^func Test", text, flags=re.MULTILINE)[1:]:
            has_error = "\t\terror " in function
            is_last = function.find("\t\terror ") > function.find("\t\tname ")
            for row in ROW.finditer(function):
                text_of_row = str(go_value(row.group(1))).removesuffix(" }}")
                parts = list(go_values(row.group(2)))
                error = (parts[-1] if is_last else parts[1]) if has_error else None
                yield expression(
                    text_of_row, parts[0], bool(error), root, '{"key"' in function or "toJSON(env)" in row.group(1)
                )


def expression(text: str, expected: Any, refuses: bool, root: Path, has_key: bool) -> Case:
    """A row. `has_key`: it is of the table whose environment has another variable."""
    functions = {**GITHUB, "hashfiles": lambda *patterns: hash_files(str(root / "pkg/exprparser/testdata"), patterns)}
    names = {**CONTEXTS, "env": {"key": "value"}} if has_key else CONTEXTS
    try:
        value = evaluate(text, ExpressionScope(names, functions))
    except ExpressionFault as fault:
        value = fault
    agrees = isinstance(value, ExpressionFault) if refuses else same(value, expected)
    if agrees:
        return Case(text, "agree")
    if text in THEIRS:
        return Case(text, "theirs", THEIRS[text])
    if text.startswith("hashFiles(") and content_hash(text, root, names) == expected:
        return Case(text, "theirs", "of the same files, GitHub hashes the hash of each")
    return Case(text, "ours", f"{value!r}, and not {'a refusal' if refuses else repr(expected)}")


def content_hash(text: str, root: Path, names: dict[str, Any]) -> str:
    """Of what is in the files that we choose, one behind the other."""
    whole = hashlib.sha256()

    def take(*patterns: str) -> None:
        for path in chosen_files(str(root / "pkg/exprparser/testdata"), patterns):
            whole.update(path.read_bytes())

    evaluate(text, ExpressionScope(names, {"hashfiles": take}))
    return whole.hexdigest()


def same(value: Any, expected: Any) -> bool:
    if isinstance(expected, float) and math.isnan(expected):
        return isinstance(value, float) and math.isnan(value)
    return bool(value == expected) and isinstance(value, bool) == isinstance(expected, bool)


def go_values(text: str) -> Iterator[Any]:
    """The values of a row behind the first."""
    for word in re.findall(r"\"(?:[^\"\\]|\\.)*\"|`[^`]*`|\{[^}]*\}|[\w.]+\([^)]*\)+|[-\w.]+", text):
        yield go_value(word)


def go_value(word: str) -> Any:
    """Of Go as of Python."""
    words = {"true": True, "false": False, "nil": None, "math.NaN()": math.nan, "math.Inf(1)": math.inf}
    if word in words:
        return words[word]
    if word.startswith("make("):
        return {}
    return word[1:-1] if word.startswith("`") else json.loads(word)


# ------------------------------------------------------------------------------------------------------ workflows

TABLE = re.compile(
    r"^\s*\{workdir, \"([^\"]+)\", \"([^\"]+)\", \"([^\"]*)\", .*?(?:, (?:secrets|map\[string\]string\{(.*?)\}))?\},",
    re.MULTILINE,
)
MODEL = re.compile(r"^\s*\{\"../model/testdata\", \"([^\"]+)\", \"([^\"]+)\", \"([^\"]*)\"", re.MULTILINE)


def workflows(root: Path) -> Iterator[Case]:
    """Each row of their tables of workflows, once, with the outcome that it expects."""
    text = (root / "pkg/runner/runner_test.go").read_text("utf-8")
    rows = [("runner", *row) for row in TABLE.findall(text)] + [("model", *row, "") for row in MODEL.findall(text)]
    for part, name, event, error, secrets in dict.fromkeys(rows):
        for file in files_of(root / f"pkg/{part}/testdata", name):
            yield workflow(root / f"pkg/{part}/testdata", file, event, error, secrets)


def files_of(folder: Path, name: str) -> list[str]:
    if (folder / name).is_dir():
        return sorted(f"{name}/{path.name}" for path in (folder / name).glob("*.y*ml"))
    return [f"{name}{end}" for end in (".yml", ".yaml") if (folder / f"{name}{end}").is_file()]


def workflow(folder: Path, file: str, event: str, error: str, secrets: str) -> Case:
    """A file of theirs in a copy of its folder."""
    name = f"{file} ({event})"
    if name in LEFT:
        return Case(name, "left", LEFT[name])
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "copy"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("node_modules"), symlinks=True)
        words = [file, "--root", str(copy)]
        shown = scoredock(copy, {}, "pipeline", "show", *words)
        if "jobs" not in shown:
            return verdict(name, error, True, str(shown.get("message", shown)), [])
        if reason := what_is_left(shown):
            return Case(name, "left", reason)
        pairs = dict(re.findall(r"\"(\w+)\": \"([^\"]*)\"", secrets))
        words += [word for secret in pairs for word in ("--secret", secret)]
        given = copy / Path(file).parent / "event.json"
        inputs = json.loads(given.read_text()).get("inputs", {}) if given.is_file() else {}
        words += [word for key, value in inputs.items() for word in ("--parameter", f"{key}={as_word(value)}")]
        run = scoredock(copy, pairs, "pipeline", "run", *words, "--event", event)
    if run.get("code") == "pipeline-unread":
        return Case(name, "left", str(run["message"]))
    if run.get("result") == "success":
        return verdict(name, error, False, "it succeeds", [])
    failure = run.get("failure") or {}
    return verdict(
        name,
        error,
        True,
        str(failure.get("message", run)),
        [job["id"] for job in run.get("jobs", []) if job["result"] == "failure"],
    )


def as_word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def what_is_left(shown: dict[str, Any]) -> str:
    """The first thing that is not carried out here."""
    for job in shown["jobs"]:
        if job["reason"]:
            return str(job["reason"])
        if containers := [note for note in job["notes"] if "container" in note]:
            return str(containers[0])
        for step in job["steps"]:
            if step["kind"] == "left-out":
                return f"{step['name']}: {step['reason']}"
    return ""


def verdict(name: str, error: str, fails: bool, reason: str, jobs: list[str]) -> Case:
    job = re.search(r"[Jj]ob '([^']+)' failed", error)
    agrees = fails == bool(error) and (job is None or not jobs or job.group(1) in jobs)
    if agrees:
        return Case(name, "agree", error)
    if name in THEIRS:
        return Case(name, "theirs", THEIRS[name])
    return Case(name, "ours", f"{reason}; expected: {error or 'success'}")


def scoredock(folder: Path, secrets: dict[str, str], *words: str) -> dict[str, Any]:
    """What a command of ours says."""
    environment = {**os.environ, **secrets, "SCOREDOCK_HOME": str(folder.parent / "home")}
    command = [sys.executable, "-m", "scoredock.cli", *words, "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS)
    value = json.loads(done.stdout or done.stderr or "{}")
    return value.get("error", value)  # type: ignore[no-any-return]


def cases_of(copy: Path, folder: Path) -> list[Case]:
    """All, laid out in a folder."""
    root = laid_out(copy, folder)
    return [*expressions(root), *workflows(root)]


def main(copy: str) -> int:
    with tempfile.TemporaryDirectory() as place:
        cases = cases_of(Path(copy), Path(place))
    for case in cases:
        print(f"{case.verdict}: {case.name}" + (f": {case.reason}" if case.reason else ""))
    counts = Counter(case.verdict for case in cases)
    print(", ".join(f"{counts[each]} {each}" for each in ("agree", "ours", "theirs", "left")))
    return int(counts["ours"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
