"""The samples of Azure ML's documents that are neither of the SDK nor clients: entry scripts, `az ml` lines,
configurations and lines of a shell, what becomes of each, and which test asks for that.

The texts in `other_samples.json` are unchanged; entry scripts lie in `tests/documents/scripts`, `az ml` lines in
`tests/az/az_lines.py`.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from az.az_lines import LINES
from documents.published import PUBLISHED

FILE = Path(__file__).with_name("other_samples.json")
KINDS = {
    "az": "`az ml` lines",
    "script": "entry scripts",
    "configuration": "configurations",
    "shell": "lines of a shell",
    "output": "outputs of programs",
}
AZ_LINES = (
    *("001:114", "001:154", "001:411", "001:495", "001:507", "001:566", "001:839"),
    *("002:70", "002:280"),
    *("004:61", "004:99", "004:109", "004:283", "004:291"),
)
"""Where the lines of `LINES` stand."""
SCRIPTS = {
    "001:287": "ridge_arrays",
    "001:328": "data_frame",
    "001:1089": "raw_posted",
    "001:1146": "raw_cors",
    "002:158": "sentiment",
    "003:131": "digits",
    "003:160": "raw_reversed",
    "003:422": "digits_schema",
}
AZ_TEST = "tests/az/test_az_documents.py::test_all_other_lines_run_or_are_corrected"
AZ_DEPLOY_TEST = "tests/az/test_az_documents.py::test_lines_that_deploy_end_with_a_service_that_answers"
AZ_PROFILE_TEST = "tests/az/test_az_documents.py::test_the_line_that_profiles_measures_with_the_rows_of_the_dataset"
WORKING_TEST = "tests/documents/test_entry_scripts.py::test_it_answers_unmodified"
BROKEN_TEST = "tests/documents/test_entry_scripts.py::test_what_cannot_work_anywhere_is_named_and_repaired"
_HERE = "tests/sdk/test_other_samples.py"
CHECK_TEST = f"{_HERE}::test_configurations_are_told_line_by_line"
SUGGEST_TEST = f"{_HERE}::test_conda_files_of_old_pythons_are_repaired"
DEPLOY_TEST = f"{_HERE}::test_configurations_deploy_as_they_stand"
SWAGGER_TEST = "tests/cli/test_power_bi.py::test_the_swagger_is_that_of_the_documents"
DOCKER_TEST = "tests/packages/test_running.py::test_a_folder_built_by_plain_docker_answers_like_the_service"
IMAGE_TEST = "tests/packages/test_running.py::test_a_ready_image_answers_like_the_service_where_scoredock_never_was"
LOGIN_TEST = "tests/packages/test_contents.py::test_the_readme_tells_the_login_and_the_keys"


@dataclass(frozen=True)
class Configuration:
    """A file of the documents and what the checks say of it, as it stands alone."""

    name: str
    """What the document calls the file."""
    told: tuple[tuple[str, int], ...] = ()
    """Rules and one-based lines of errors, and of Pythons out of support."""
    because: str = ""
    """What the errors come to, for the page."""
    is_old: bool = False
    """Whether `environment suggest` makes a file of it that is built here."""


_OLD = "Python 3.6 is told, which the script runs in; `environment suggest` proposes versions for a newer one"
CONFIGURATIONS: Mapping[str, Configuration] = {
    "000:115": Configuration(
        "myenv.yml", (("SD463", 4), ("SD407", 6)), f"told: the pip list is not indented; {_OLD}", is_old=True
    ),
    "001:191": Configuration("myenv.yml", (("SD463", 3),), _OLD, is_old=True),
    "001:650": Configuration("swagger.json", (), "a service with this schema answers with its own"),
    "001:931": Configuration("myenv.yml", (("SD414", 1),), "told: it is a part of a conda file, and no file"),
    "002:124": Configuration("inferenceConfig.json", (("SD211", 4),), "deploys with the conda file that it names"),
    "002:134": Configuration("myenv.yml", (("SD463", 3),), _OLD, is_old=True),
    "002:253": Configuration("deploymentConfig.json"),
    "003:409": Configuration(
        "myenv.yml",
        (("SD402", 1), ("SD463", 4)),
        f"told: the line of a notebook, which `--fix` removes; {_OLD}",
        is_old=True,
    ),
    "004:194": Configuration("inferenceconfig.json", (("SD210", 3),), "deploys with the folder that it names"),
}
_PIP = "not needed: the runtime answers for the package"
SHELL: Mapping[str, tuple[str, str]] = {
    "001:978": ("runs, with Docker", IMAGE_TEST),
    "001:1004": ("told in the package's README: what is asked for its base image", LOGIN_TEST),
    "001:1010": ("runs, with Docker", DOCKER_TEST),
    "001:1026": ("runs, with Docker", DOCKER_TEST),
    "001:1067": ("runs, with Docker", DOCKER_TEST),
    "001:1122": (_PIP, WORKING_TEST),
    "001:1180": (_PIP, WORKING_TEST),
    "003:191": (_PIP, WORKING_TEST),
}
"""Outcome and test."""
OUTPUTS = ("001:971", "001:1018")


@dataclass(frozen=True)
class Other:
    """One sample."""

    key: str
    kind: str
    """A key of `KINDS`."""
    shown: str
    """The line that a reader knows it by."""
    outcome: str
    tests: tuple[str, ...]
    """What asks for the outcome."""


def texts() -> dict[str, str]:
    """Of configurations, lines of a shell and outputs, by document and line."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))["samples"]
    return {f"{each['document']}:{each['line']}": textwrap.dedent(each["text"]) for each in raw}


def others() -> dict[str, Other]:
    """All of them, by document and line."""
    known = texts()
    found = [*_lines(), *_scripts()]
    for key, each in CONFIGURATIONS.items():
        further = SUGGEST_TEST if each.is_old else SWAGGER_TEST if each.name == "swagger.json" else DEPLOY_TEST
        tests = (CHECK_TEST,) if key == "001:931" else (CHECK_TEST, further)
        outcome = each.because or "deploys"
        found.append(Other(key, "configuration", f"{each.name}: {_first(known[key])}", outcome, tests))
    for key, (outcome, test) in SHELL.items():
        found.append(Other(key, "shell", _first(known[key]), outcome, (test,)))
    found += [Other(key, "output", _first(known[key]), "nothing to run", ()) for key in OUTPUTS]
    return {each.key: each for each in found}


def _first(text: str) -> str:
    lines = [line.strip().removeprefix(">").strip() for line in text.splitlines()]
    return " ".join(" ".join(line for line in lines if line).split())


def _lines() -> list[Other]:
    made: list[Other] = []
    for key, line in zip(AZ_LINES, LINES, strict=True):
        outcome = f"told, with the line that was meant: `{line.correction}`" if line.correction else "runs"
        test = AZ_DEPLOY_TEST if line.deploys else AZ_PROFILE_TEST if line.needs_time else AZ_TEST
        made.append(Other(key, "az", line.text, outcome, (test,)))
    return made


def _scripts() -> list[Other]:
    by_name = {script.name: script for script in PUBLISHED}
    made: list[Other] = []
    for key, name in SCRIPTS.items():
        script = by_name[name]
        shown = next(
            line for line in script.path.read_text(encoding="utf-8").splitlines() if line.startswith("def run")
        )
        outcome = "answers"
        if script.errors:
            rules = ", ".join(dict.fromkeys(f"[{rule}](rules/{rule}.md)" for rule, _ in script.errors))
            outcome = f"told: {rules}; answers after `scoredock check --fix`"
        test = BROKEN_TEST if script.errors else WORKING_TEST
        made.append(Other(key, "script", shown, outcome, (test,)))
    return made
