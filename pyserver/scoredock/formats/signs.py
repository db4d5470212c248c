r"""Patterns that tell the files of ours apart, declared once: `document_kind` decides by them, and the extension looks
for them by itself before there is a server (`npm run generate` writes them into extension/activation/patterns.ts).

Patterns are of the kind that Python and JavaScript read alike: no inline flags, no names, no `\A` and `\Z`.
"""

from __future__ import annotations

import re

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "__pypackages__", "site-packages", "dist", "build"})
"""Folders that hold nothing that a person wrote for us."""
NEVER_DEPLOYED = frozenset(
    {".git", ".hg", ".svn", ".venv", "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
"""Names that are never part of a service; environments of any name are left out as well."""
NEVER_PACKAGED = NEVER_DEPLOYED | {".ipynb_checkpoints"}
"""Those and what a package or an image is made without as well."""
LFS_POINTER = "version https://git-lfs.github.com/spec/"
"""What a file begins with that Git LFS keeps elsewhere."""
ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
"""What lies in a folder that is an environment of Python."""
SHOWN_FOLDERS = (".azureml", ".github", ".azure-pipelines")
"""Hidden folders that are looked into all the same."""
SCRIPT_NAME = re.compile(
    r"(score|scoring|scorer|entry_?script|inference_script|scoring_script|score[-_].*|.*[-_]score|.*[-_]scoring)\.py$"
)
"""Names that entry scripts have."""
OWN_NAME = re.compile(r"(?:score|scoring|scorer|entry_?script|inference_script|scoring_script|score[-_].*)\.py$")
"""Names that say enough for a single function to count; `metrics_score.py` may be any module."""
INIT = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+init[ \t]*\(", re.MULTILINE)
RUN = re.compile(r"^(?:async[ \t]+)?def[ \t]+run[ \t]*\(", re.MULTILINE)
TOP_INIT = re.compile(r"^(?:async[ \t]+)?def[ \t]+init[ \t]*\([ \t]*\)", re.MULTILINE)
BATCH = re.compile(r"^def[ \t]+run[ \t]*\([ \t]*mini_?batch", re.MULTILINE)
AZURE = re.compile(r"AZUREML_|get_model_path|inference_schema|azureml\.contrib\.services|rawhttp|AMLRequest")
"""What only a script of Azure ML has; models are loaded by other programs too."""
MARKS = re.compile(
    r"AZUREML_|get_model_path|inference_schema|azureml\.contrib\.services|rawhttp|AMLRequest|(?:joblib|pickle)\.load\(|\bload_model\("
)
READS_REQUEST = re.compile(r"\bloads[ \t]*\(|_schema\b|rawhttp|AMLRequest|\brequest|\bread_json\b")
SERVES = re.compile(
    r"json|model|predict|infer|azureml|request|scor|schema|joblib|pickle|payload|tokeni[sz]|classif|(?:input|raw)_data"
    r"|run\([ \t]*(?:data|body|inputs?)\b",
    re.IGNORECASE,
)
"""Words of which a script that answers requests has at least one."""
RELATIVE = re.compile(r"^from[ \t]+\.", re.MULTILINE)
SERVER = re.compile(
    r"^(?:from|import)[ \t]+(?:bottle|fastapi|flask|gradio|sanic|starlette|streamlit|tornado)\b", re.MULTILINE
)
ROUTE = re.compile(r"^@\w+\.(?:route|get|post|put|on_event)\(", re.MULTILINE)
HOME = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+(?:pygame|pyglet|arcade|turtle|[Tt]kinter|curses|kivy|PyQt\d|PySide\d?|wx|OpenGL|bpy"
    r"|maya|nuke|idaapi|discord|telegram|telebot|RPi|machine|serial|pyautogui|scapy|mininet|matplotlib\.animation)\b"
    r"|^from[ \t]+matplotlib[ \t]+import[ \t]+animation\b",
    re.MULTILINE,
)
"""Libraries of games, windows, devices and plug-ins, none of which a service can use."""
HANDED_ON = re.compile(r"\binit(?:_func|ializer)[ \t]*=[ \t]*init\b|^[ \t]*[\w, \t]+=[ \t]*init\(", re.MULTILINE)
"""The program hands its `init` to a pool or an animation, or takes what it returns: nobody else calls it."""
SDK = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+azureml(?:[ \t.]|$)(?![ \t]*import[ \t]+(?:Workspace|services)\b)", re.MULTILINE
)
"""`azureml` itself gave `Workspace` and `services` in the library for Azure ML Studio (classic)."""
INFERENCE_NAME = re.compile(r"(?:^|[^a-z])(?:inference|inf)[-_. ]?config.*\.(?:json|ya?ml)$")
DEPLOYMENT_NAME = re.compile(r"(?:^|[^a-z]|aci|aks|local)(?:deployment|deploy)[-_. ]?config.*\.(?:json|ya?ml)$")
JSON_KEY = {
    name: re.compile(rf"[\"']?\b{name}\b[\"']?\s*:")
    for name in (
        "entryScript",
        "computeType",
        "condaDependencies",
        "condaDependenciesFile",
        "subscription_id",
        "resource_group",
        "workspace_name",
    )
}
V2_SCHEMA = re.compile(
    r"^\ufeff?(?:[\"']?\$schema[\"']?[ \t]*:[ \t]*|#[ \t]*yaml-language-server:[ \t]*\$schema=)[\"']?([^\s\"'#]+)",
    re.MULTILINE,
)
"""The key, or the comment that editors read instead of it."""
AZ_ML = re.compile(r"(?:^|[\s;&|(!`\"'@])az(?:\.cmd|\.exe)?[ \t]+ml(?:[ \t\\`^]|$)", re.MULTILINE)
PIPELINE = re.compile(
    r"^(?:jobs|steps|stages|trigger|pool|on|\"on\"|variables|parameters|runs|extends)[ \t]*:", re.MULTILINE
)
SHELL = (".sh", ".bash", ".zsh", ".ps1", ".cmd", ".bat")
