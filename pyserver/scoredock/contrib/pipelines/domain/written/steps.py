"""The steps of a written pipeline, as scripts of bash that are the same on every platform."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from scoredock.contrib.pipelines.domain.written.project import PipelineProject, Platform, ScoredockSource
from scoredock.late_dataclass import dataclass

SARIF, RESULTS = "scoredock.sarif", "results.xml"
SECRET = "REGISTRY_PASSWORD"  # noqa: S105 (its name)
TARGETS: Mapping[str, str] = {
    "process": "--engine process",
    "docker": "--engine docker",
    "cluster": "--compute {compute}",
}


@dataclass(frozen=True, slots=True)
class WrittenStep:
    """Step of a written pipeline."""

    title: str
    script: str
    kind: str = ""
    """`check` and `test`: whose file the platform is given behind it; `push`: it needs the secret."""
    comment: tuple[str, ...] = ()
    """Lines above it."""
    file: str = ""
    """Of `check` and `test`, from the root of the repository."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value at the head of the file."""

    name: str
    value: str
    comment: str


def variables(project: PipelineProject) -> Iterator[Variable]:
    """Yields the variables, without the commit, which each platform names in its own way."""
    target = TARGETS[project.target].format(compute=project.compute or "my-cluster")
    yield Variable("SERVICE", project.service, "name of the endpoint")
    others = ", ".join(each for kind, each in TARGETS.items() if kind != project.target).format(compute="NAME")
    yield Variable("TARGET", target, f"where it runs; or: {others}")
    yield Variable("IMAGE", "", "fill in to push an image, such as registry.example.com/team/" + project.service)
    yield Variable("REGISTRY_USER", "", f"who pushes, where one signs in; {SECRET} is a secret")
    yield Variable("CANARY_PERCENT", "10", "share of the requests that a new version gets first")
    yield Variable("CANARY_SECONDS", "300", "how long")


FOLDER = ".scoredock"
"""At the root of the repository: what `install_script` installs."""
REQUIREMENTS = "requirements.txt"
_ROOTS = {"github": "$GITHUB_WORKSPACE", "azure": "$BUILD_SOURCESDIRECTORY", "gitlab": "$CI_PROJECT_DIR"}
_RUNNERS = {"github": "$RUNNER_NAME", "azure": "$AGENT_ID", "gitlab": "$CI_RUNNER_ID-$CI_CONCURRENT_ID"}
"""Each does one job at a time, and may share its home with others."""
_PATHS = {
    "github": 'echo "$place/program" >> "$GITHUB_PATH"',
    "azure": 'echo "##vso[task.prependpath]$place/program"',
    "gitlab": 'export PATH="$place/program:$PATH"',
}
_ABSENT = "Scoredock is not installed on this machine"


def install(project: PipelineProject, platform: Platform) -> WrittenStep:
    """Step that installs Scoredock; in an image, or on the machine beside it, it is there already, and only
    looked for.
    """
    if project.source.kind == "image":
        return WrittenStep("Look for Scoredock", f'command -v scoredock || {{ echo "{_ABSENT}" >&2; exit 1; }}')
    return WrittenStep("Install Scoredock", install_script(project.source, platform))


def install_script(source: ScoredockSource, platform: Platform) -> str:
    """Script that installs Scoredock in a virtual environment of its own, called by what is in it: the runner's own
    Python is left alone, which a system may forbid to change, and another version comes beside the one that endpoints
    still run by.
    """
    wheels = ['  "$place/bin/python" -m pip install --no-index --no-deps "$packages"/*.whl']
    return "\n".join(
        (
            f'packages="{_ROOTS[platform]}/{FOLDER}"',
            f'place="$HOME/.cache/scoredock/{_RUNNERS[platform]}-$(cat "$packages"/* | cksum | tr " " -)"',
            'if ! "$place/program/scoredock" --version > /dev/null 2>&1; then',
            '  python3 -m venv --clear "$place"',
            f'  "$place/bin/python" -m pip install --require-hashes -r "$packages/{REQUIREMENTS}"',
            *(wheels if source.kind == "wheels" else []),
            '  mkdir "$place/program"',
            '  ln -s ../bin/scoredock "$place/program/"',
            "fi",
            _PATHS[platform],
        )
    )


def check_steps(project: PipelineProject) -> Iterator[WrittenStep]:
    """Yields the steps that every change goes through."""
    inner = f"{project.folder}/" if project.folder else ""
    yield WrittenStep("Check", f"scoredock check --format sarif > {SARIF}", "check", file=inner + SARIF)
    yield from _model_steps(project)
    tried = ["scoredock", "try", *_script(project)]
    yield WrittenStep("Try the entry script", _line(tried + _models(project)))
    if project.tests:
        line = _line(["scoredock", "test", *project.tests, "--junit", RESULTS])
        comment = ("Deploys a temporary service, sends the requests of the files, and deletes it.",)
        yield WrittenStep("Test in a temporary service", line, "test", comment, inner + RESULTS)


def _model_steps(project: PipelineProject) -> Iterator[WrittenStep]:
    """The models get registered in the workspace of the machine that runs the job."""
    if project.train_script:
        lines = [_line(["python", "-m", "pip", "install", *project.packages])] if project.packages else []
        lines.append(_line(["python", project.train_script]))
        said = ("The model is not kept with the code. Train it here, or download it in the place of this.",)
        yield WrittenStep("Train", "\n".join(lines), comment=said)
    lines = [
        _line(["scoredock", "model", "register", model.path, "--name", model.name])
        for model in project.models
        if model.path
    ]
    absent = [model.name for model in project.models if not model.path]
    if lines or absent:
        comment = tuple(f"Fill in: where the model {name} is from; its file is not here." for name in absent)
        more = [f"scoredock model show {shlex.quote(name)}" for name in absent]
        yield WrittenStep("Register the model", "\n".join([*lines, *more]), comment=comment)


def deploy_steps(project: PipelineProject) -> Iterator[WrittenStep]:
    """Yields the steps that only the branch of deployments goes through."""
    yield from _model_steps(project)
    deployed = [*_files(project), *_models(project)]
    yield WrittenStep(
        "Push an image",
        "\n".join(
            (
                'if [ -z "$IMAGE" ]; then echo "IMAGE is empty: nothing is pushed"; exit 0; fi',
                f'printf %s "${SECRET}" | {_line(["scoredock", "package", "create", *deployed])} \\',
                '  --push "$IMAGE:${COMMIT:0:7}" \\',
                '  ${REGISTRY_USER:+--registry "${IMAGE%%/*}" --username "$REGISTRY_USER" --password-stdin}',
            )
        ),
        "push",
        ("Without Docker: the image is written and sent as it is.",),
    )
    options = ["--dc", project.deployment_config] if project.deployment_config else []
    line = _line(["scoredock", "service", "deploy"]) + ' "$SERVICE-${COMMIT:0:7}" '
    yield WrittenStep(
        "Deploy",
        f"{line}{_line([*deployed, *options])} --port 0 --overwrite $TARGET",
        comment=("Beside the service that runs: requests go there until the canary below is done.",),
    )
    yield WrittenStep("Canary", CANARY, comment=("The endpoint has one address for all versions.",))


CANARY = """\
version="v${COMMIT:0:7}"
service="$SERVICE-${COMMIT:0:7}"
if ! scoredock endpoint show "$SERVICE" > /dev/null 2>&1; then
  scoredock endpoint create "$SERVICE" --service "$service" --version "$version"
  exit 0
fi
scoredock endpoint set-version "$SERVICE" "$version" --service "$service" \\
  --traffic "$CANARY_PERCENT" --withdraw-above-errors 5% --over 300s --at-least 20
sleep "$CANARY_SECONDS"
share=$(scoredock endpoint show "$SERVICE" --json | python3 -c \\
  'import json, sys; print({v["name"]: v["share"] for v in json.load(sys.stdin)["versions"]}[sys.argv[1]])' \\
  "$version")
if [ "$share" != "$CANARY_PERCENT" ]; then
  echo "$version was withdrawn: it gets $share % of the requests"
  exit 1
fi
scoredock endpoint promote "$SERVICE" "$version\""""


def _script(project: PipelineProject) -> list[str]:
    """Arguments of `try` for the script; it takes an inference configuration as its script."""
    if project.inference_config:
        return [project.inference_config]
    words = [project.entry_script]
    words += ["--sd", project.source_directory] if project.source_directory else []
    return words + (["--cf", project.environment_file] if project.environment_file else [])


def _files(project: PipelineProject) -> list[str]:
    if project.inference_config:
        return ["--ic", project.inference_config]
    words = ["--es", project.entry_script]
    words += ["--sd", project.source_directory] if project.source_directory else []
    return words + (["--cf", project.environment_file] if project.environment_file else [])


def _models(project: PipelineProject) -> list[str]:
    return [word for model in project.models for word in ("--model", model.name)]


def _line(words: list[str]) -> str:
    return shlex.join(words)
