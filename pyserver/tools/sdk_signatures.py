"""Writes the table of the SDK v1 from its wheel: which classes, methods, parameters and modules there are.

Run by hand when the SDK changes: `pip download --no-deps azureml-core
azureml-pipeline-core azureml-pipeline-steps`, unpack the wheels into a folder, and
`python pyserver/tools/sdk_signatures.py FOLDER`. Only names are taken, nothing of the code or its texts.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "scoredock" / "contrib" / "sdk" / "checks" / "signatures.py"
WANTED = {
    "azureml/core/workspace.py": ("Workspace",),
    "azureml/core/model.py": ("Model", "InferenceConfig", "ModelPackage"),
    "azureml/core/profile.py": ("ModelProfile",),
    "azureml/core/environment.py": ("Environment",),
    "azureml/core/conda_dependencies.py": ("CondaDependencies",),
    "azureml/core/container_registry.py": ("ContainerRegistry",),
    "azureml/core/resource_configuration.py": ("ResourceConfiguration",),
    "azureml/core/experiment.py": ("Experiment",),
    "azureml/core/run.py": ("Run",),
    "azureml/core/keyvault.py": ("Keyvault",),
    "azureml/core/authentication.py": (
        "ServicePrincipalAuthentication",
        "InteractiveLoginAuthentication",
        "AzureCliAuthentication",
        "MsiAuthentication",
    ),
    "azureml/core/webservice/webservice.py": ("Webservice", "WebserviceDeploymentConfiguration"),
    "azureml/core/webservice/local.py": ("LocalWebservice", "LocalWebserviceDeploymentConfiguration"),
    "azureml/core/webservice/aci.py": ("AciWebservice", "AciServiceDeploymentConfiguration"),
    "azureml/core/webservice/aks.py": (
        "AksWebservice",
        "AksEndpoint",
        "AksServiceDeploymentConfiguration",
        "AksEndpointDeploymentConfiguration",
    ),
    "azureml/core/image/image.py": ("Image", "ImageConfig"),
    "azureml/core/image/container.py": ("ContainerImage", "ContainerImageConfig"),
    "azureml/core/compute/compute.py": (
        "ComputeTarget",
        "ComputeTargetProvisioningConfiguration",
        "ComputeTargetAttachConfiguration",
    ),
    "azureml/core/compute/aks.py": ("AksCompute", "AksProvisioningConfiguration", "AksAttachConfiguration"),
    "azureml/core/compute/amlcompute.py": ("AmlCompute", "AmlComputeProvisioningConfiguration"),
    "azureml/core/dataset.py": ("Dataset",),
    "azureml/data/dataset_factory.py": ("TabularDatasetFactory", "FileDatasetFactory"),
    "azureml/core/datastore.py": ("Datastore",),
    "azureml/core/script_run_config.py": ("ScriptRunConfig",),
    "azureml/pipeline/core/builder.py": ("PipelineStep", "PipelineData"),
    "azureml/pipeline/core/graph.py": ("PipelineParameter",),
    "azureml/pipeline/core/_python_script_step_base.py": ("_PythonScriptStepBase",),
    "azureml/pipeline/core/_parallel_run_step_base.py": ("_ParallelRunStepBase",),
    "azureml/pipeline/steps/python_script_step.py": ("PythonScriptStep",),
    "azureml/pipeline/steps/command_step.py": ("CommandStep",),
    "azureml/pipeline/steps/estimator_step.py": ("EstimatorStep",),
    "azureml/pipeline/steps/hyper_drive_step.py": ("HyperDriveStep",),
    "azureml/pipeline/steps/data_transfer_step.py": ("DataTransferStep",),
    "azureml/pipeline/steps/parallel_run_step.py": ("ParallelRunStep",),
}
"""The classes of the deployment workflow, by the file that defines them."""
SDK = Path(__file__).resolve().parent.parent / "sdk" / "scoredock_azureml" / "packages"
MEMBERS_TARGET = SDK / "azureml" / "_scoredock" / "members.py"
_MEMBERS_HEAD = '''"""Names of the members of classes of the SDK v1. Made by `tools/sdk_signatures.py`; do not edit."""

'''
_WIDTH = 120
_BELOW = ("core", "data", "exceptions", "history")
"""Folders of azureml-core whose modules people name; the others begin with an underscore."""
RETURNS = {
    "Workspace": {
        "from_config": "Workspace",
        "get": "Workspace",
        "create": "Workspace",
        "setup": "Workspace",
        "get_default_keyvault": "Keyvault",
        "get_default_datastore": "Datastore",
    },
    "Model": {
        "register": "Model",
        "deploy": "Webservice",
        "package": "ModelPackage",
        "profile": "ModelProfile",
        "deserialize": "Model",
    },
    "ModelPackage": {"get_container_registry": "ContainerRegistry"},
    "Environment": {
        "get": "Environment",
        "from_conda_specification": "Environment",
        "from_pip_requirements": "Environment",
        "clone": "Environment",
        "from_docker_image": "Environment",
        "from_dockerfile": "Environment",
        "from_docker_build_context": "Environment",
        "from_existing_conda_environment": "Environment",
        "load_from_directory": "Environment",
        "register": "Environment",
    },
    "CondaDependencies": {"create": "CondaDependencies"},
    "Experiment": {"start_logging": "Run"},
    "Run": {"register_model": "Model"},
    "Webservice": {
        "deploy": "Webservice",
        "deploy_from_model": "Webservice",
        "deploy_from_image": "Webservice",
        "deploy_local_model": "Webservice",
    },
    "LocalWebservice": {"deploy_configuration": "LocalWebserviceDeploymentConfiguration"},
    "AciWebservice": {"deploy_configuration": "AciServiceDeploymentConfiguration"},
    "AksWebservice": {"deploy_configuration": "AksServiceDeploymentConfiguration"},
    "AksEndpoint": {"deploy_configuration": "AksEndpointDeploymentConfiguration"},
    "Image": {"create": "Image"},
    "ContainerImage": {"image_configuration": "ContainerImageConfig", "create": "Image"},
    "ComputeTarget": {"create": "ComputeTarget", "attach": "ComputeTarget"},
    "AksCompute": {
        "provisioning_configuration": "AksProvisioningConfiguration",
        "attach_configuration": "AksAttachConfiguration",
    },
    "AmlCompute": {"provisioning_configuration": "AmlComputeProvisioningConfiguration"},
}
"""What methods give, where a later check asks; the SDK itself says it only in prose."""
HEAD = '''"""The SDK v1 as a table: classes, parameters and modules of azureml-core {version}. Made by
`tools/sdk_signatures.py`; do not edit.

A class is `class Name module base, base`. Below it, `new` is how an object is made, `fn` a static or class method,
`def` a method and `has` the other attributes. A parameter without a value ends with nothing, one with a default with
`=`; `*` begins those that are given by name only.
"""

'''


def _parameters(node: ast.FunctionDef, first: bool) -> str:
    args = node.args
    names = [a.arg for a in (*args.posonlyargs, *args.args)]
    missing = len(names) - len(args.defaults)
    parts = [name + ("=" if i >= missing else "") for i, name in enumerate(names)]
    if first:
        parts = parts[1:]
    if args.vararg:
        parts.append("*" + args.vararg.arg)
    elif args.kwonlyargs:
        parts.append("*")
    parts += [a.arg + ("=" if d is not None else "") for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    if args.kwarg:
        parts.append("**")
    return ", ".join(parts)


def _decorators(node: ast.FunctionDef) -> set[str]:
    return {
        d.id if isinstance(d, ast.Name) else d.attr if isinstance(d, ast.Attribute) else "" for d in node.decorator_list
    }


def _class(node: ast.ClassDef, module: str) -> list[str]:
    bases = [b.id for b in node.bases if isinstance(b, ast.Name) and b.id not in ("object", "ABC")]
    lines = [f"class {node.name} {module} {', '.join(bases)}".rstrip()]
    has: set[str] = set()
    functions: dict[str, ast.FunctionDef] = {}
    for item in node.body:
        if isinstance(item, ast.FunctionDef):
            marks = _decorators(item)
            if "property" in marks or "setter" in marks:
                has.add(item.name)
            elif (
                item.name == "__new__"
                or (item.name == "__init__" and "__new__" not in functions)
                or not item.name.startswith("_")
            ):
                functions[item.name] = item
        elif isinstance(item, ast.Assign):
            has |= {t.id for t in item.targets if isinstance(t, ast.Name)}
        elif isinstance(item, ast.ClassDef):
            has.add(item.name)
            inner = sorted(
                t.id for s in item.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)
            )
            lines.append(f"in {item.name}: {' '.join(n for n in inner if not n.startswith('_'))}")
    for inner_node in ast.walk(node):
        stored = isinstance(inner_node, ast.Attribute) and isinstance(inner_node.ctx, ast.Store)
        if stored and isinstance(inner_node.value, ast.Name) and inner_node.value.id in ("self", "cls", "instance"):
            has.add(inner_node.attr)
    for name, function in functions.items():
        marks = _decorators(function)
        static, by_class = "staticmethod" in marks, "classmethod" in marks
        kind = "new" if name in ("__new__", "__init__") else "fn" if static or by_class else "def"
        if name == "__init__" and "__new__" in functions:
            continue
        returns = RETURNS.get(node.name, {}).get(name, "")
        shown = "" if kind == "new" else " " + name
        lines.append(f"{kind}{shown}({_parameters(function, not static)})" + (f" -> {returns}" if returns else ""))
    public = sorted(n for n in has if not n.startswith("_") and n not in functions)
    if public:
        lines.append("has " + " ".join(public))
    return lines


def _modules(root: Path) -> list[str]:
    """Each module of the distribution below a folder that people may name, with three lists of public names: what it
    defines, what it has of other modules of the SDK, and what it has of others, with `=` and the whole name where that
    is another."""
    lines = []
    for path in sorted(each for below in _BELOW for each in (root / "azureml" / below).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if any(p.startswith("_") for p in parts[2:-1]):
            continue
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        own, sdk, origins = _public_names(ast.parse(path.read_text(encoding="utf-8")))
        if parts[-1] == "__init__":
            origins |= {p.stem: p.stem for p in path.parent.iterdir() if p.suffix == ".py" or p.is_dir()}
        others = {n if n == o else f"{n}={o}" for n, o in origins.items() if n not in own | sdk}
        lists = (own, sdk - own, others)
        shown = (" ".join(sorted(n for n in names if not n.startswith("_"))) for names in lists)
        lines.append(f"{module}: {' | '.join(shown)}".rstrip())
    return lines


def _public_names(tree: ast.Module) -> tuple[set[str], set[str], dict[str, str]]:
    own: set[str] = set()
    sdk: set[str] = set()
    others: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            of_sdk = isinstance(node, ast.ImportFrom) and (node.level > 0 or (node.module or "").startswith("azureml"))
            above = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            origins = {a.asname or _first(a.name): above + (a.name if a.asname else _first(a.name)) for a in node.names}
            sdk.update(origins if of_sdk else ())
            others.update({} if of_sdk else origins)
        elif isinstance(node, ast.Assign):
            own |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return own, sdk, others


def _first(name: str) -> str:
    return name.partition(".")[0]


def members(root: Path) -> list[str]:
    """Each class of the distribution that Scoredock has one of, with two lists of public names, inherited ones among
    them: methods, and other attributes."""
    ours = {node.name for node in _class_nodes(SDK) if not node.name.startswith("_")}
    nodes: dict[str, list[ast.ClassDef]] = {}
    for node in (each for below in _BELOW for each in _class_nodes(root / "azureml" / below, "_restclient")):
        nodes.setdefault(node.name, []).append(node)
    shared = sorted(nodes.keys() & ours)
    for node in _class_nodes(root / "azureml"):
        nodes.setdefault(node.name, [node])
    lines = []
    for name in shared:
        methods, attributes = _members_of(name, nodes, set())
        lists = (" ".join(sorted(each)) for each in (methods, attributes - methods))
        lines.append(f"{name}: {' | '.join(lists)}".rstrip())
    return lines


def _class_nodes(place: Path, but: str = "") -> Iterator[ast.ClassDef]:
    for path in sorted(each for each in place.rglob("*.py") if but not in each.parts):
        with warnings.catch_warnings(action="ignore"):  # of their patterns
            body = ast.parse(path.read_text(encoding="utf-8")).body
        yield from (node for node in body if isinstance(node, ast.ClassDef))


def _members_of(name: str, nodes: dict[str, list[ast.ClassDef]], before: set[str]) -> tuple[set[str], set[str]]:
    methods: set[str] = set()
    attributes: set[str] = set()
    before.add(name)
    for node in nodes.get(name, ()):
        for line in _class(node, "")[1:]:
            kind, _, listed = line.partition(" ")
            if kind == "has":
                attributes |= set(listed.split())
            elif kind in ("fn", "def"):
                methods.add(listed.partition("(")[0])
        for base in (each.id for each in node.bases if isinstance(each, ast.Name) and each.id not in before):
            more = _members_of(base, nodes, before)
            methods |= more[0]
            attributes |= more[1]
    return methods, attributes


def wrapped(lines: list[str], name: str, meaning: str) -> str:
    """A table as the text of a name, with what it means."""
    is_wide = any(len(line) > _WIDTH for line in lines)
    end = '"""' + ("  # noqa: E501 (a text that would change if it were wrapped)" if is_wide else "")
    return f'{name} = """\\\n' + "\n".join(lines) + f'\n{end}\n"""{meaning}"""\n'


def main(root: Path) -> None:
    """Write the table from an unpacked SDK."""
    lines: list[str] = []
    for file, names in WANTED.items():
        module = file[:-3].replace("/", ".")
        for node in ast.parse((root / file).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name in names:
                lines += _class(node, module)
    version = next(root.glob("azureml_core-*.dist-info")).name.removeprefix("azureml_core-").removesuffix(".dist-info")
    text = HEAD.format(version=version) + wrapped(lines, "CLASSES", "The classes of the deployment workflow.")
    text += "\n" + wrapped(
        _modules(root),
        "MODULES",
        "The modules of azureml-core: their own names, those of other modules of the SDK, those of others.",
    )
    packages = (p.parent.relative_to(root).parts for p in (root / "azureml").rglob("__init__.py"))
    private = sorted(".".join(each) for each in packages if each[-1].startswith("_") and "pipeline" not in each)
    top = [each for each in private if not any(each.startswith(f"{other}.") for other in private)]
    text += "\n" + wrapped(top, "PRIVATE", "Packages of azureml-core that nobody is meant to import.")
    TARGET.write_text(text, encoding="utf-8")
    kept = wrapped(members(root), "MEMBERS", "Methods of each class, and its other attributes.")
    MEMBERS_TARGET.write_text(_MEMBERS_HEAD + kept, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
