"""What eslint and oxlint hold in TypeScript and the scripts: decisions in a function, its parameters, promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

RULES = Path(__file__).parent
DISABLED = re.compile(r"eslint-disable[^\n]*(complexity|max-params)|/\*\s*eslint (complexity|max-params)")

DECISIONS = "export function f(a) {\n" + "  if (a) a += 1;\n" * 10 + "  return a;\n}\n"
CASES = (
    "export function f(a) {\n  switch (a) {\n"
    + "".join(f"    case {n}:\n      return {n};\n" for n in range(20))
    + "  }\n}\n"
)
PARAMETERS = "export const f = (a, b, c, d, e, g, h) => [a, b, c, d, e, g, h];\n"


@pytest.mark.parametrize(
    ("path", "text", "noticed"),
    [
        pytest.param("extension/views/planted.ts", DECISIONS, ["complexity"], id="decisions"),
        pytest.param("scripts/planted.mjs", DECISIONS, ["complexity"], id="decisions of a script"),
        pytest.param("extension/views/planted.ts", PARAMETERS, ["parameters"], id="parameters"),
        pytest.param("tests/extension/planted.test.ts", PARAMETERS, ["parameters"], id="parameters of a test"),
        pytest.param("extension/views/planted.ts", CASES, [], id="a switch is a table"),
        pytest.param("extension/views/planted.ts", DECISIONS.replace("  if (a) a += 1;\n", "", 1), [], id="ten"),
    ],
)
def test_a_planted_function_is_noticed(path: str, text: str, noticed: list[str]) -> None:
    done = subprocess.run(
        ["node", str(RULES / "lint_texts.mjs")],
        input=json.dumps({path: text}),
        cwd=RULES.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)["found"][path]
    assert len(found) == len(noticed)
    assert all(word in message for word, message in zip(noticed, found, strict=True))


def test_nobody_excepts_a_function_from_the_limits(root: Path) -> None:
    paths = [
        *(root / "extension").rglob("*.ts"),
        *(root / "tests" / "extension").iterdir(),
        *root.glob("scripts/*.mjs"),
    ]
    found = [path.relative_to(root) for path in paths if DISABLED.search(path.read_text(encoding="utf-8"))]
    assert found == []
    assert DISABLED.search("// eslint-disable-next-line complexity")


def test_a_promise_that_nobody_awaits_is_noticed(root: Path, tmp_path: Path) -> None:
    """By its type, which only the rules of .oxlintrc.json see."""
    shutil.copy(root / ".oxlintrc.json", tmp_path)
    (tmp_path / "tsconfig.json").write_text('{"compilerOptions": {"strict": true, "types": []}}')
    (tmp_path / "planted.ts").write_text("declare function save(): Promise<void>;\nsave();\n")
    done = subprocess.run(
        ["node", str(root / "node_modules" / "oxlint" / "bin" / "oxlint"), "planted.ts"],
        cwd=tmp_path,
        env={**os.environ, "OXLINT_TSGOLINT_PATH": str(root / "node_modules" / ".bin" / "tsgolint")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.count("no-floating-promises") == 1, done.stdout
