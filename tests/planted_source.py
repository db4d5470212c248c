"""A source directory as a hostile or careless project has it: links that lead out, and configurations with a
password."""

from __future__ import annotations

import json
from pathlib import Path

KEPT = "canary-near"
"""What belongs to the service, as a sign that files were looked at."""
WORDS = ("canary-salary", "canary-private-key", "canary-shared", "canary-hunter22")
"""What must be in no service and no image."""
DOTENV = "canary-dotenv"
"""What is in a service, which has the whole folder, and in no image."""
LEFT_OUT = ("notes.txt", "etc", "key.txt", "plain.txt", "conda.yml", "sub/azureml_environment.json")
TAKEN = (".env", "inside.txt", "near.txt", "score.py")
"""Files that a service has; an image has them without the first."""


def planted_source(folder: Path, outside: Path, script: str) -> Path:
    """The entry script in a new source directory; its links lead to the new folder `outside`."""
    (outside / "shared").mkdir(parents=True)
    (outside / "salary.txt").write_text("canary-salary")
    (outside / "id_rsa").write_text("canary-private-key")
    (outside / "shared" / "more.txt").write_text("canary-shared")
    (folder / "sub").mkdir(parents=True)
    (folder / "score.py").write_text(script)
    (folder / "near.txt").write_text(KEPT)
    (folder / ".env").write_text(f"PASSWORD={DOTENV}\n")
    (folder / "conda.yml").write_text(
        "dependencies:\n  - pip:\n      - --extra-index-url https://me:canary-hunter22@packages.example.com/simple\n"
    )
    registry = {"address": "contoso.azurecr.io", "username": "me", "password": "canary-hunter22"}
    environment = {
        "name": "base",
        "python": {"userManagedDependencies": False, "condaDependencies": {"dependencies": []}},
        "docker": {"baseImageRegistry": registry},
    }
    (folder / "sub" / "azureml_environment.json").write_text(json.dumps(environment))
    for name, target in {
        "notes.txt": str(outside / "salary.txt"),
        "etc": str(outside / "shared"),
        "key.txt": str(outside / "id_rsa"),
        "plain.txt": ".env",
        "inside.txt": "near.txt",
    }.items():
        (folder / name).symlink_to(target)
    return folder / "score.py"
