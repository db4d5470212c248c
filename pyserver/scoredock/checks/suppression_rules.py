"""Rules about the comments and settings that steer the checks."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_GOOD = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
_END = "    return json.loads(data)\n"
_PROJECT = World(path="pyproject.toml")
_OURS = "Scoredock's own settings, docs/checks.md"

UNUSED = Rule(
    "SD901",
    "hint",
    "Ignore comment that ignores nothing",
    "{codes} is not found here, so there is nothing to ignore.",
    "A comment that has outlived its finding hides the next one of its kind.",
    _GOOD.replace(_END, f"{_END[:-1]}  # scoredock: ignore[SD110]\n"),
    _GOOD,
    "Remove the comment, or the codes that are not found.",
    _OURS,
    fixable=True,
    tag="unnecessary",
)
UNKNOWN_CODE = Rule(
    "SD902",
    "warning",
    "Unknown rule in an ignore comment",
    "“{code}” is not a rule{hint}.",
    "A code that is misspelt ignores nothing, and the finding it was meant for stays.",
    _GOOD.replace(_END, f"{_END[:-1]}  # scoredock: ignore[SD1101]\n"),
    _GOOD,
    "Write the code as the finding shows it, such as SD110, or its beginning, such as SD1.",
    _OURS,
    fixable=True,
)
NO_CODES = Rule(
    "SD903",
    "warning",
    "Ignore comment without rules",
    "This comment names no rules, so it ignores nothing.",
    "A comment that silences everything would also hide mistakes that are made later.",
    _GOOD.replace(_END, f"{_END[:-1]}  # scoredock: ignore\n"),
    _GOOD,
    "Name the rules in brackets: `# scoredock: ignore[SD110]`.",
    _OURS,
    fixable=True,
)
PROJECT_UNREADABLE = Rule(
    "SD904",
    "warning",
    "Project settings cannot be read",
    "The settings of [tool.scoredock] are ignored: {problem}.",
    "A file that is no valid TOML says nothing at all, so the checks run as if it held no settings.",
    '[tool.scoredock]\nignore = ["SD117"\n',
    '[tool.scoredock]\nignore = ["SD117"]\n',
    "Repair the place that is shown.",
    "the TOML specification",
    _PROJECT,
)
PROJECT_KEY = Rule(
    "SD905",
    "warning",
    "Unknown key in the project settings",
    "“{key}” is not a key of [tool.scoredock]{hint}.",
    "A key that is misspelt changes nothing.",
    '[tool.scoredock]\nignores = ["SD117"]\n',
    '[tool.scoredock]\nignore = ["SD117"]\n',
    "Use ignore, select, severity, per-file-ignores, exclude, strict, environment or allow-env.",
    _OURS,
    _PROJECT,
    fixable=True,
)
PROJECT_CODE = Rule(
    "SD906",
    "warning",
    "Unknown rule in the project settings",
    "“{code}” is not a rule{hint}.",
    "A code that is misspelt changes nothing.",
    '[tool.scoredock]\nignore = ["SD1117"]\n',
    '[tool.scoredock]\nignore = ["SD117"]\n',
    "Write the code of a rule, such as SD117, or its beginning, such as SD1.",
    _OURS,
    _PROJECT,
    fixable=True,
)
PROJECT_VALUE = Rule(
    "SD907",
    "warning",
    "Wrong value in the project settings",
    "“{key}” must be {wanted}; what is written here is ignored.",
    "A value of another kind is passed over.",
    '[tool.scoredock.severity]\nSD117 = "none"\n',
    '[tool.scoredock.severity]\nSD117 = "off"\n',
    "Write the value as docs/checks.md shows it.",
    _OURS,
    _PROJECT,
)

RULES: tuple[Rule, ...] = (UNUSED, UNKNOWN_CODE, NO_CODES, PROJECT_UNREADABLE, PROJECT_KEY, PROJECT_CODE, PROJECT_VALUE)
