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
    "SD415",
    "error",
    "Versions that exclude each other",
    "“{name}” has no version that satisfies “{first}” and “{second}” at once.",
    "The installer looks for one version that fits every line. There is none, so the environment is not built.",
    conda("numpy>=2.0", "numpy==1.26.4"),
    conda("numpy==1.26.4"),
    "Keep the line that you mean.",
    _PEP,
    _CONDA,
    fixable=True,
)
REPEATED = Rule(
    "SD416",
    "hint",
    "Package listed twice",
    "“{name}” is already listed above, and this line adds nothing.",
    "It does no harm today, but the day somebody changes the version in one of the lines the two contradict each"
    " other.",
    conda("numpy==1.26.4", "numpy==1.26.4"),
    conda("numpy==1.26.4"),
    "Remove one of them.",
    "pip documentation, requirements files",
    _CONDA,
    fixable=True,
    tag="unnecessary",
)
STANDARD_LIBRARY = Rule(
    "SD417",
    "error",
    "Module that is part of Python",
    "“{name}” is part of Python and not a package that can be installed.",
    "The index has no package of this name, or one that has nothing to do with the module, and the environment is not"
    " built.",
    conda("pickle"),
    conda(),
    "Remove the line; import works without it.",
    f"{_INDEX}; Python documentation, the standard library",
    _CONDA,
    fixable=True,
)
RENAMED = Rule(
    "SD418",
    "error",
    "Package with another name",
    "“{name}” is not the name of the package that you mean, {effect}; write “{right}” instead.",
    "What is imported and what is installed often have different names. Some of the misleading ones were taken by"
    " packages that only fail.",
    conda("sklearn"),
    conda("scikit-learn"),
    "Use the name of the distribution.",
    _INDEX,
    _CONDA,
    fixable=True,
)
NEARLY = Rule(
    "SD460",
    "information",
    "Package name that is nearly a known one",
    "“{name}” is not a package that Scoredock knows; did you mean “{right}”?",
    "A name that is one letter off cannot be installed, or brings what somebody else put under it.",
    conda("scikit-learnn"),
    conda("scikit-learn"),
    "Correct the name. If it is right, keep it with an ignore comment.",
    _INDEX,
    _CONDA,
)
NEAR_CHANNEL = Rule(
    "SD461",
    "warning",
    "Channel that is nearly a known one",
    "“{name}” is not a channel that Scoredock knows; did you mean “{right}”?",
    "A channel that is not there ends the installation, whatever the others have.",
    conda("scikit-learn").replace("dependencies:", "channels:\n  - conda-forg\ndependencies:"),
    conda("scikit-learn").replace("dependencies:", "channels:\n  - conda-forge\ndependencies:"),
    "Correct the name. If it is right, keep it with an ignore comment.",
    "anaconda.org: channels",
    _CONDA,
    fixable=True,
)
CONDA_SPEC = Rule(
    "SD419",
    "error",
    "conda requirement cannot be understood",
    "“{text}” is not understood by conda{hint}.",
    "One requirement that cannot be read stops the whole environment.",
    conda(also=("numpy=>1.26",)),
    conda(also=("numpy>=1.26",)),
    "Write name, name=1.26, name==1.26.4 or name>=1.26.",
    "conda documentation, package match specifications",
    _CONDA,
    fixable=True,
)
PYTHON_ENDED = Rule(
    "SD423",
    "hint",
    "Python past its end of life",
    "Python {version} has had no security fixes since {since}; choose a newer one.",
    "It still works, but new releases of packages stop supporting it one after the other.",
    conda(python="python=3.9"),
    conda(),
    "Use a newer Python, and package versions that exist for it.",
    "Python Developer's Guide, status of Python versions",
    _CONDA,
    fixable=True,
)
PYTHON_UNKNOWN = Rule(
    "SD424",
    "error",
    "Python that does not exist",
    "Python {version} does not exist{hint}.",
    "An environment begins with its Python; when that does not exist nothing is built.",
    conda(python="python=3.1"),
    conda(python="python=3.11"),
    "Write the version out, such as 3.11.",
    "Python Developer's Guide, status of Python versions",
    _CONDA,
    fixable=True,
)
NO_RELEASE = Rule(
    "SD425",
    "error",
    "Version that does not exist for the Python",
    "{name} {version} cannot be installed on Python {python}; it is for Python {span}.",
    "The package index has no file of this version for this Python, and none to build it from that accepts it.",
    conda("tensorflow==2.15.0", python="python=3.12"),
    conda("tensorflow==2.15.0"),
    "Choose a version of the package for this Python, or the other way round.",
    _INDEX,
    _CONDA,
    fixable=True,
)
NO_WHEEL = Rule(
    "SD426",
    "warning",
    "Version without a wheel for the Python",
    "{name} {version} has no wheel for Python {python}, only up to {span}; it would be compiled.",
    "Compiling takes minutes and a compiler with libraries that images for serving do not have; for these versions it"
    " nearly always fails.",
    conda("numpy==1.26.4", python="python=3.13"),
    conda("numpy==1.26.4", python="python=3.12"),
    "Choose a version of the package for this Python, or the other way round.",
    _INDEX,
    _CONDA,
    fixable=True,
)
OLD_DEFAULTS = Rule(
    "SD427",
    "warning",
    "azureml-defaults too old",
    "azureml-defaults {version} brings no scoring server; versions from 1.0.45 on do.",
    "Older releases hold the SDK only, and the container ends at once because nothing listens in it.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults==1.0.17\n",
    conda(),
    "Leave the version out, or ask for azureml-defaults>=1.0.45.",
    "Azure ML article “Deploy models”: azureml-defaults",
    _CONDA,
    fixable=True,
)
WHOLE_SDK = Rule(
    "SD428",
    "hint",
    "Whole SDK in a service",
    "“azureml-sdk” brings everything for training; “azureml-defaults” is enough for a service.",
    "The image grows by hundreds of megabytes, and the many pinned packages of the SDK often collide with those of the"
    " model.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-sdk\n",
    conda(),
    "List azureml-defaults instead.",
    "Azure ML article “Deploy models”: azureml-defaults",
    _CONDA,
    fixable=True,
)
CUDA = Rule(
    "SD429",
    "information",
    "Package for graphics cards",
    "“{name}” is for graphics cards, and the deployment configuration beside it asks for none.",
    "The CUDA libraries make the image several gigabytes larger, and without a card they are never used.",
    conda("onnxruntime-gpu"),
    conda("onnxruntime"),
    "Use the package for processors, or ask for gpuCores on AKS.",
    "Azure ML article “Choose a compute target”: GPUs on AKS only",
    _CPU,
    fixable=True,
)
LOCAL_VERSION = Rule(
    "SD430",
    "warning",
    "Version of another index",
    "Version {version} is not on the package index; builds with a + are published elsewhere.",
    "PyTorch and others publish their CUDA and CPU builds on an index of their own. Without --extra-index-url nothing"
    " is found.",
    conda("torch==2.4.1+cpu"),
    conda("torch==2.4.1"),
    "Leave out what follows the +, or add a line --extra-index-url with the address.",
    "PEP 440, local version identifiers",
    _CONDA,
    fixable=True,
)

PAIR = Rule(
    "SD462",
    "warning",
    "Releases that do not work together",
    "{package} {version} cannot be imported with {other} {release} or later, which is installed; pin"
    " “{other}<{release}”.",
    "The old release names no upper limit, so the newest of the other package is installed, which has dropped what the"
    " old one imports.",
    conda("flask==1.1.2", "jinja2==3.1.2", "itsdangerous==2.0.1", "werkzeug==2.0.3", "markupsafe==2.0.1"),
    conda("flask==1.1.2", "jinja2==3.0.3", "itsdangerous==2.0.1", "werkzeug==2.0.3", "markupsafe==2.0.1"),
    "Pin the other package below that release, or take a newer one of the first.",
    "changelogs of Jinja 3.1, Werkzeug 2.1 and 3.0, ItsDangerous 2.1, MarkupSafe 2.1",
    _CONDA,
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
