"""Rules SD415 to SD419 and SD423 to SD430: packages of an environment, their names, versions and Pythons."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_CONDA = World("conda.yml", ("score.py",))
_INDEX = "the package index, pypi.org"
_PEP = "PEP 440, version specifiers"
_CPU = World(
    "conda.yml", ("score.py", "deploymentconfig.json"), texts=(("deploymentconfig.json", '{"computeType": "aci"}'),)
)


def conda(*pip: str, python: str = "python=3.11", also: tuple[str, ...] = ()) -> str:
    lines = ["name: diabetes-env", "dependencies:", f"  - {python}", *(f"  - {name}" for name in also), "  - pip:"]
    return "\n".join([*lines, "      - azureml-defaults", *(f"      - {name}" for name in pip)]) + "\n"


IMPOSSIBLE = Rule(
    code="SD415",
    severity="error",
    title="Versions that exclude each other",
    message="“{name}” has no version that satisfies “{first}” and “{second}” at once.",
    why="The installer looks for one version that fits every line. There is none, so the environment is not built.",
    fix="Keep the line that you mean.",
    source=_PEP,
    world=_CONDA,
    fixable=True,
)
REPEATED = Rule(
    code="SD416",
    severity="hint",
    title="Package listed twice",
    message="“{name}” is already listed above, and this line adds nothing.",
    why=(
        "It does no harm today, but the day somebody changes the version in one of the lines the two contradict each"
        " other."
    ),
    fix="Remove one of them.",
    source="pip documentation, requirements files",
    world=_CONDA,
    fixable=True,
    tag="unnecessary",
)
STANDARD_LIBRARY = Rule(
    code="SD417",
    severity="error",
    title="Module that is part of Python",
    message="“{name}” is part of Python and not a package that can be installed.",
    why=(
        "The index has no package of this name, or one that has nothing to do with the module, and the environment is"
        " not built."
    ),
    fix="Remove the line; import works without it.",
    source=f"{_INDEX}; Python documentation, the standard library",
    world=_CONDA,
    fixable=True,
)
RENAMED = Rule(
    code="SD418",
    severity="error",
    title="Package with another name",
    message="“{name}” is not the name of the package that you mean, {effect}; write “{right}” instead.",
    why=(
        "What is imported and what is installed often have different names. Some of the misleading ones were taken by"
        " packages that only fail."
    ),
    fix="Use the name of the distribution.",
    source=_INDEX,
    world=_CONDA,
    fixable=True,
)
NEARLY = Rule(
    code="SD460",
    severity="information",
    title="Package name that is nearly a known one",
    message="“{name}” is not a package that Scoredock knows; did you mean “{right}”?",
    why="A name that is one letter off cannot be installed, or brings what somebody else put under it.",
    fix="Correct the name. If it is right, keep it with an ignore comment.",
    source=_INDEX,
    world=_CONDA,
)
NEAR_CHANNEL = Rule(
    code="SD461",
    severity="warning",
    title="Channel that is nearly a known one",
    message="“{name}” is not a channel that Scoredock knows; did you mean “{right}”?",
    why="A channel that is not there ends the installation, whatever the others have.",
    fix="Correct the name. If it is right, keep it with an ignore comment.",
    source="anaconda.org: channels",
    world=_CONDA,
    fixable=True,
)
CONDA_SPEC = Rule(
    code="SD419",
    severity="error",
    title="conda requirement cannot be understood",
    message="“{text}” is not understood by conda{hint}.",
    why="One requirement that cannot be read stops the whole environment.",
    fix="Write name, name=1.26, name==1.26.4 or name>=1.26.",
    source="conda documentation, package match specifications",
    world=_CONDA,
    fixable=True,
)
PYTHON_ENDED = Rule(
    code="SD423",
    severity="hint",
    title="Python past its end of life",
    message="Python {version} has had no security fixes since {since}; choose a newer one.",
    why="It still works, but new releases of packages stop supporting it one after the other.",
    fix="Use a newer Python, and package versions that exist for it.",
    source="Python Developer's Guide, status of Python versions",
    world=_CONDA,
    fixable=True,
)
PYTHON_UNKNOWN = Rule(
    code="SD424",
    severity="error",
    title="Python that does not exist",
    message="Python {version} does not exist{hint}.",
    why="An environment begins with its Python; when that does not exist nothing is built.",
    fix="Write the version out, such as 3.11.",
    source="Python Developer's Guide, status of Python versions",
    world=_CONDA,
    fixable=True,
)
NO_RELEASE = Rule(
    code="SD425",
    severity="error",
    title="Version that does not exist for the Python",
    message="{name} {version} cannot be installed on Python {python}; it is for Python {span}.",
    why="The package index has no file of this version for this Python, and none to build it from that accepts it.",
    fix="Choose a version of the package for this Python, or the other way round.",
    source=_INDEX,
    world=_CONDA,
    fixable=True,
)
NO_WHEEL = Rule(
    code="SD426",
    severity="warning",
    title="Version without a wheel for the Python",
    message="{name} {version} has no wheel for Python {python}, only up to {span}; it would be compiled.",
    why=(
        "Compiling takes minutes and a compiler with libraries that images for serving do not have; for these versions"
        " it nearly always fails."
    ),
    fix="Choose a version of the package for this Python, or the other way round.",
    source=_INDEX,
    world=_CONDA,
    fixable=True,
)
OLD_DEFAULTS = Rule(
    code="SD427",
    severity="warning",
    title="azureml-defaults too old",
    message="azureml-defaults {version} brings no scoring server; versions from 1.0.45 on do.",
    why="Older releases hold the SDK only, and the container ends at once because nothing listens in it.",
    fix="Leave the version out, or ask for azureml-defaults>=1.0.45.",
    source="Azure ML article “Deploy models”: azureml-defaults",
    world=_CONDA,
    fixable=True,
)
WHOLE_SDK = Rule(
    code="SD428",
    severity="hint",
    title="Whole SDK in a service",
    message="“azureml-sdk” brings everything for training; “azureml-defaults” is enough for a service.",
    why=(
        "The image grows by hundreds of megabytes, and the many pinned packages of the SDK often collide with those of"
        " the model."
    ),
    fix="List azureml-defaults instead.",
    source="Azure ML article “Deploy models”: azureml-defaults",
    world=_CONDA,
    fixable=True,
)
CUDA = Rule(
    code="SD429",
    severity="information",
    title="Package for graphics cards",
    message="“{name}” is for graphics cards, and the deployment configuration beside it asks for none.",
    why="The CUDA libraries make the image several gigabytes larger, and without a card they are never used.",
    fix="Use the package for processors, or ask for gpuCores on AKS.",
    source="Azure ML article “Choose a compute target”: GPUs on AKS only",
    world=_CPU,
    fixable=True,
)
LOCAL_VERSION = Rule(
    code="SD430",
    severity="warning",
    title="Version of another index",
    message="Version {version} is not on the package index; builds with a + are published elsewhere.",
    why=(
        "PyTorch and others publish their CUDA and CPU builds on an index of their own. Without --extra-index-url"
        " nothing is found."
    ),
    fix="Leave out what follows the +, or add a line --extra-index-url with the address.",
    source="PEP 440, local version identifiers",
    world=_CONDA,
    fixable=True,
)

PAIR = Rule(
    code="SD462",
    severity="warning",
    title="Releases that do not work together",
    message=(
        "{package} {version} cannot be imported with {other} {release} or later, which is installed; pin"
        " “{other}<{release}”."
    ),
    why=(
        "The old release names no upper limit, so the newest of the other package is installed, which has dropped what"
        " the old one imports."
    ),
    fix="Pin the other package below that release, or take a newer one of the first.",
    source="changelogs of Jinja 3.1, Werkzeug 2.1 and 3.0, ItsDangerous 2.1, MarkupSafe 2.1",
    world=_CONDA,
)

RULES = (
    PAIR,
    IMPOSSIBLE,
    REPEATED,
    STANDARD_LIBRARY,
    RENAMED,
    NEARLY,
    NEAR_CHANNEL,
    CONDA_SPEC,
    PYTHON_ENDED,
    PYTHON_UNKNOWN,
    NO_RELEASE,
    NO_WHEEL,
    OLD_DEFAULTS,
    WHOLE_SDK,
    CUDA,
    LOCAL_VERSION,
)
