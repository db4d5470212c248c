"""Rules SD222 to SD229: paths of an inference configuration that lead somewhere else than meant."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SDK = "azureml-core 1.61, InferenceConfig"
_SOURCE = World("inferenceconfig.json", ("src/", "src/score.py"))
_BROKEN_SCRIPT = "def init():\n    pass\n\n\ndef run(data)\n    return data\n"

REPEATED_FOLDER = Rule(
    code="SD222",
    severity="error",
    title="Source directory repeated",
    message="“{path}” names the source directory again; “entryScript” is relative to it.",
    why=(
        "The script is looked for in the source directory, so the folder stands twice in the path and the file is not"
        " found."
    ),
    fix="Take the folder off the front of the path.",
    source=f"{_SDK}: entry_script is relative to source_directory",
    world=_SOURCE,
    fixable=True,
)
OUTSIDE_SOURCE = Rule(
    code="SD223",
    severity="error",
    title="Path outside the source directory",
    message="“{key}” leads out of the source directory; only what is in it goes into the service.",
    why=(
        "The source directory is copied into the container and nothing beside it, so the file is not there when the"
        " service starts."
    ),
    fix="Name a source directory that holds the file, or move the file into it.",
    source="Azure ML article “Deploy models”: source directory",
    world=World("inferenceconfig.json", ("src/", "score.py")),
    fixable=True,
)
BACKSLASH = Rule(
    code="SD224",
    severity="error",
    title="Backslash in a path",
    message="“{path}” is written with backslashes, which are not separators where the service runs; write slashes.",
    why=(
        "Only Windows reads a backslash as the end of a folder name; Linux and the container look for a file whose name"
        " contains it."
    ),
    fix="Write forward slashes; Windows understands them too.",
    source="file names in Linux containers",
    world=_SOURCE,
    fixable=True,
)
HEAVY_SOURCE = Rule(
    code="SD225",
    severity="information",
    title="Source directory holds what no service needs",
    message="The whole source directory goes into the service, {names} too.",
    why=(
        "Everything below the source directory is copied, and .amlignore and .gitignore are not looked at. A virtual"
        " environment or a history makes each deployment slow."
    ),
    fix="Put the script and what it needs into a folder of their own.",
    source="Azure ML article “Deploy models”: source directory and ignore files",
    world=World("inferenceconfig.json", (".venv/", ".venv/pyvenv.cfg", "src/", "src/score.py")),
    fixable=True,
)
NOT_EXPANDED = Rule(
    code="SD226",
    severity="error",
    title="Variable in a path",
    message="“{path}” is taken as it is written: neither ~ nor variables are replaced in a configuration.",
    why="Only a shell knows what ~ and $HOME mean. The file is looked for under just this name and is not found.",
    fix="Write the path relative to the folder of this file.",
    source=f"{_SDK}: paths are used as given",
    world=_SOURCE,
    fixable=True,
)
NOT_CONDA = Rule(
    code="SD228",
    severity="warning",
    title="condaFile is not a conda file",
    message="“{path}” is not a conda file; “condaFile” must name a YAML file.",
    why=(
        "The file is read as YAML with channels and dependencies. Azure refuses a requirements file or a script there;"
        " Scoredock alone takes one."
    ),
    fix="List the requirements below pip in a conda file, and name that one.",
    source="azureml-core 1.61, CondaDependencies",
    world=World("inferenceconfig.json", ("score.py", "requirements.txt", "conda.yml")),
    fixable=True,
)
FAULTY_FILE = Rule(
    code="SD229",
    severity="information",
    title="Named file has an error",
    message="“{path}” has an error in line {line}, which ends the deployment: {problem}",
    why=(
        "The files that a configuration names are read before anything else happens. The error is told in the file"
        " itself as well."
    ),
    fix="Open the file and repair it there.",
    source=f"{_SDK}: the entry script is parsed",
    world=World("inferenceconfig.json", ("right.py", "score.py"), texts=(("score.py", _BROKEN_SCRIPT),)),
)

RULES = (REPEATED_FOLDER, OUTSIDE_SOURCE, BACKSLASH, HEAVY_SOURCE, NOT_EXPANDED, NOT_CONDA, FAULTY_FILE)
