"""Rules SD222 to SD229: paths of an inference configuration that lead somewhere else than meant."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SDK = "azureml-core 1.61, InferenceConfig"
_SOURCE = World("inferenceconfig.json", ("src/", "src/score.py"))
_BROKEN_SCRIPT = "def init():\n    pass\n\n\ndef run(data)\n    return data\n"

REPEATED_FOLDER = Rule(
    "SD222",
    "error",
    "Source directory repeated",
    "“{path}” names the source directory again; “entryScript” is relative to it.",
    "The script is looked for in the source directory, so the folder stands twice in the path and the file is not"
    " found.",
    '{\n  "entryScript": "src/score.py",\n  "sourceDirectory": "src"\n}\n',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "src"\n}\n',
    "Take the folder off the front of the path.",
    f"{_SDK}: entry_script is relative to source_directory",
    _SOURCE,
    fixable=True,
)
OUTSIDE_SOURCE = Rule(
    "SD223",
    "error",
    "Path outside the source directory",
    "“{key}” leads out of the source directory; only what is in it goes into the service.",
    "The source directory is copied into the container and nothing beside it, so the file is not there when the service"
    " starts.",
    '{\n  "entryScript": "../score.py",\n  "sourceDirectory": "src"\n}\n',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "."\n}\n',
    "Name a source directory that holds the file, or move the file into it.",
    "Azure ML article “Deploy models”: source directory",
    World("inferenceconfig.json", ("src/", "score.py")),
    fixable=True,
)
BACKSLASH = Rule(
    "SD224",
    "error",
    "Backslash in a path",
    "“{path}” is written with backslashes, which are not separators where the service runs; write slashes.",
    "Only Windows reads a backslash as the end of a folder name; Linux and the container look for a file whose name"
    " contains it.",
    '{\n  "entryScript": "src\\\\score.py"\n}\n',
    '{\n  "entryScript": "src/score.py"\n}\n',
    "Write forward slashes; Windows understands them too.",
    "file names in Linux containers",
    _SOURCE,
    fixable=True,
)
HEAVY_SOURCE = Rule(
    "SD225",
    "information",
    "Source directory holds what no service needs",
    "The whole source directory goes into the service, {names} too.",
    "Everything below the source directory is copied, and .amlignore and .gitignore are not looked at. A virtual"
    " environment or a history makes each deployment slow.",
    '{\n  "entryScript": "src/score.py",\n  "sourceDirectory": "."\n}\n',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "src"\n}\n',
    "Put the script and what it needs into a folder of their own.",
    "Azure ML article “Deploy models”: source directory and ignore files",
    World("inferenceconfig.json", (".venv/", ".venv/pyvenv.cfg", "src/", "src/score.py")),
    fixable=True,
)
NOT_EXPANDED = Rule(
    "SD226",
    "error",
    "Variable in a path",
    "“{path}” is taken as it is written: neither ~ nor variables are replaced in a configuration.",
    "Only a shell knows what ~ and $HOME mean. The file is looked for under just this name and is not found.",
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "$PROJECT/src"\n}\n',
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": "src"\n}\n',
    "Write the path relative to the folder of this file.",
    f"{_SDK}: paths are used as given",
    _SOURCE,
    fixable=True,
)
NOT_CONDA = Rule(
    "SD228",
    "warning",
    "condaFile is not a conda file",
    "“{path}” is not a conda file; “condaFile” must name a YAML file.",
    "The file is read as YAML with channels and dependencies. Azure refuses a requirements file or a script there;"
    " Scoredock alone takes one.",
    '{\n  "entryScript": "score.py",\n  "condaFile": "requirements.txt"\n}\n',
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": null}\n}\n',
    "List the requirements below pip in a conda file, and name that one.",
    "azureml-core 1.61, CondaDependencies",
    World("inferenceconfig.json", ("score.py", "requirements.txt", "conda.yml")),
    fixable=True,
)
FAULTY_FILE = Rule(
    "SD229",
    "information",
    "Named file has an error",
    "“{path}” has an error in line {line}, which ends the deployment: {problem}",
    "The files that a configuration names are read before anything else happens. The error is told in the file itself"
    " as well.",
    '{\n  "entryScript": "score.py"\n}\n',
    '{\n  "entryScript": "right.py"\n}\n',
    "Open the file and repair it there.",
    f"{_SDK}: the entry script is parsed",
    World("inferenceconfig.json", ("right.py", "score.py"), texts=(("score.py", _BROKEN_SCRIPT),)),
)

RULES = (REPEATED_FOLDER, OUTSIDE_SOURCE, BACKSLASH, HEAVY_SOURCE, NOT_EXPANDED, NOT_CONDA, FAULTY_FILE)
