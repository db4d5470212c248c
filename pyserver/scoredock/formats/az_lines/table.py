"""The verbs and options of `az ml`: the extension azure-cli-ml (v1) as a whole, and the verbs of the extension ml
(v2)."""

from __future__ import annotations

from functools import lru_cache

from scoredock.formats.az_lines.v1_commands import COMMANDS
from scoredock.late_dataclass import dataclass

COMMON = """
-g --resource-group|-w --workspace-name|--path|-v|--subscription-id|--subscription|--debug?|-h --help?|-o --output|--query|--verbose?|--only-show-errors?|--acquire-policy-token?|--change-reference
"""  # noqa: E501 (a text that would change if it were wrapped)
_SETTINGS = (
    "--ae --auth-enabled|--ai --enable-app-insights|--ccl --cpu-cores-limit|--gbl"
    " --memory-gb-limit|--ar --autoscale-refresh-seconds|--as --autoscale-enabled|--at"
    " --autoscale-target-utilization|--ma --autoscale-max-replicas|--mi --autoscale-min-replicas|--bi --base-image|--ir"
    " --base-image-registry|--cc --cpu-cores|--cf --conda-file|--md --collect-model-data|--cv --cuda-version|--dc"
    " --deploy-config-file|--dn --dns-name-label|--ds --extra-docker-file-steps|--ed --environment-directory|--eg"
    " --enable-gpu|--es --entry-script|-e --environment-name|--ev --environment-version|--ft --failure-threshold|--gb"
    " --memory-gb|--gc --gpu-cores|--ic --inference-config-file|--id --initial-delay-seconds|--kp --primary-key|--ks"
    " --secondary-key|--lo --location|--mr --max-request-wait-time|-m --model|-f"
    " --model-metadata-file|--namespace|--no-wait?|--nr --num-replicas|--ps --period-seconds|--po --port|--rm"
    " --replica-max-concurrent-requests|--rt --runtime|--sc --ssl-cname|--tm --scoring-timeout-ms|--sd"
    " --source-directory|--se --ssl-enabled|--sk --ssl-key-pem-file|--sp --ssl-cert-pem-file|--st"
    " --success-threshold|--ts --timeout-seconds|--token-auth-enabled"
)
V1 = {
    "model delete": "!-i --model-id",
    "model deploy": (
        f"!-n --name|{_SETTINGS}|--ct --compute-target|--cp --compute-type|--description|--overwrite?|--pi"
        " --profile-input|--property+|--tag+|--key-name|--key-version|--vault-base-url|--vnet-name|--subnet-name|--tp"
        " --traffic-percentile|--vn --version-name"
    ),
    "model download": "!-i --model-id|!-t --target-dir|--overwrite?",
    "model list": "-n --model-name|--property+|--run-id|--tag+|-l --latest?|--dataset-id",
    "model package": (
        "--cf --conda-file|--ed --environment-directory|--es --entry-script|-e --environment-name|--ev"
        " --environment-version|--ic --inference-config-file|-m --model|-f"
        " --model-metadata-file|--no-wait?|--output-path|--rt --runtime|--sd --source-directory|--il --image-label|--in"
        " --image-name"
    ),
    "model profile": (
        "!-n --name|--description|--ic --inference-config-file|-d --input-data|--idi --input-dataset-id|-m --model|-f"
        " --model-metadata-file|-t --output-metadata-file|--cc --cpu-cores|--gb --memory-gb --memory-in-gb|-e"
        " --environment-name|--ev --environment-version|--ed --environment-directory|--es --entry-script"
        "|--sd --source-directory|--bi --base-image|--ir --base-image-registry|--cf --conda-file|--rt --runtime"
    ),
    "model register": (
        "!-n --name|--asset-path|--cc --cpu-cores|-d --description|--experiment-name|--gb --memory-gb|--gc"
        " --gpu-cores|--model-framework|--model-framework-version|-p --model-path|-t"
        " --output-metadata-file|--property+|-r --run-id|-f"
        " --run-metadata-file|--sample-input-dataset-id|--sample-output-dataset-id|--tag+"
    ),
    "model show": "-i --model-id|-n --model-name|--run-id|--version",
    "model update": (
        "!-i --model-id|--add-property+|--add-tag+|--cc --cpu-cores|--description|--gb --memory-gb|--gc"
        " --gpu-cores|--remove-tag+|--sample-input-dataset-id|--sample-output-dataset-id"
    ),
    "service delete": "!-n --name",
    "service get-access-token": "!-n --name",
    "service get-keys": "!-n --name",
    "service get-logs": "!-n --name|-i --init?|-l --num_lines",
    "service list": "-c --compute-type|--image-digest|--model-id|--model-name|--property+|--tag+",
    "service regen-key": "!-k --key|!-n --name|-s --set-key",
    "service run": "!-n --name|-d --input-data",
    "service show": "!-n --name",
    "service update": (
        f"!-n --name|{_SETTINGS}|--add-property+|--add-tag+|--remove-tag+|-d --description|--ct --compute-target"
        "|--is-migration"
    ),
}
"""Options by verb, apart by `|`: `!` marks a required one, `?` one without a value, `+` one whose value is
`key=value`."""
_PROJECT = "-t --output-metadata-file"
_ENDPOINT_VERSION = (
    "!-n --name|!--vn --version-name|--add-property+|--add-tag+|--ar --autoscale-refresh-seconds|--as"
    " --autoscale-enabled|--at --autoscale-target-utilization|--ma --autoscale-max-replicas|--mi"
    " --autoscale-min-replicas|--cc --cpu-cores|--ccl --cpu-cores-limit|--cf --conda-file|--md"
    " --collect-model-data|--cvt --is-control-version-type|--dc --deploy-config-file|-d --description|--ed"
    " --environment-directory|--es --entry-script|-e --environment-name|--ev --environment-version|--ft"
    " --failure-threshold|--gb --memory-gb|--gbl --memory-gb-limit|--gc --gpu-cores|--ic"
    " --inference-config-file|--id --initial-delay-seconds|--is-default|--mr --max-request-wait-time|-m --model|-f"
    " --model-metadata-file|--no-wait?|--nr --num-replicas|--ps --period-seconds|--rm"
    " --replica-max-concurrent-requests|--tm --scoring-timeout-ms|--sd --source-directory|--st"
    " --success-threshold|--ts --timeout-seconds|--tp --traffic-percentile"
)
_ATTACHED = "!-n --name|!-i --compute-resource-id|-a --access-token"
_MACHINE = (
    "!-n --name|!-a --address|!-u --username|--ssh-port|-p --password|--private-key-file|--private-key-passphrase"
)
_NETWORK = "--subnet-name|--vnet-name|--vnet-resourcegroup-name"
_STORE = f"{_PROJECT}|-s --subscription-id"
V1_ASIDE = {
    "folder attach": f"-e --experiment-name|{_PROJECT}",
    "workspace create": (
        "!-w --workspace-name|--adb-workspace|--application-insights|--cmk-keyvault|--container-registry|--exist-ok?|-f"
        " --friendly-name|--hbi-workspace?|--keyvault|-l --location|--pe-auto-approval?|--pe-name|--pe-resource-group"
        "|--pe-subnet-name|--pe-subscription-id|--pe-vnet-name|--primary-user-assigned-identity|--resource-cmk-uri"
        "|--sku|--storage-account|--system_datastores_auth_mode|-t --tags*|--user-assigned-identity-for-cmk-encryption"
        "|-v --v1-legacy-mode|-y --yes?"
    ),
    "workspace diagnose": _PROJECT,
    "workspace delete": f"--all-resources?|--no-wait?|-y --yes?|{_PROJECT}",
    "workspace list": "",
    "workspace list-keys": _PROJECT,
    "workspace share": f"!--role|!--user|{_PROJECT}",
    "workspace show": _PROJECT,
    "workspace sync-keys": _PROJECT,
    "workspace update": (
        "--allow-public-access|-d --description|--disable-data-actions?|--enable-data-actions?|-f --friendly-name"
        "|--image-build-compute|--primary-user-assigned-identity|--sku|--tags*|-v --v1-legacy-mode"
        f"|{_PROJECT}"
    ),
    "environment download": f"!-d --directory|!-n --name|--overwrite?|-v --version|{_PROJECT}",
    "environment list": _PROJECT,
    "environment register": f"!-d --directory|{_PROJECT}",
    "environment scaffold": f"!-d --directory|!-n --name|{_PROJECT}",
    "environment show": f"!-n --name|-v --version|{_PROJECT}",
    "computetarget attach aks": _ATTACHED,
    "computetarget attach kubernetes": "!-n --name|!-i --compute-resource-id|--namespace",
    "computetarget attach remote": _MACHINE,
    "computetarget attach hdi": _MACHINE,
    "computetarget attach adla": _ATTACHED,
    "computetarget attach batch": _ATTACHED,
    "computetarget attach databricks": _ATTACHED,
    "computetarget attach datafactory": _ATTACHED,
    "computetarget create aks": (
        "!-n --name|-a --agent-count|--cluster-purpose|--dns-service-ip|--docker-bridge-cidr|--load-balancer-subnet"
        "|--load-balancer-type|-l --location|--no-wait?|--service-cidr|--ssl-cert-file|--ssl-cname|--ssl-key-file"
        f"|--ssl-leaf-domain-label|--ssl-overwrite-domain?|-s --vm-size|{_NETWORK}"
    ),
    "computetarget create amlcompute": (
        "!-n --name|!--max-nodes|!-s --vm-size|--admin-user-password|--admin-user-ssh-key|--admin-username"
        "|--assign-identity|--description|--enable-node-public-ip|--idle-seconds-before-scaledown|-l --location"
        "|--min-nodes|--no-wait?"
        f"|--remote-login-port-public-access|--tag+|-p --vm-priority|{_NETWORK}"
    ),
    "computetarget create computeinstance": (
        "!-n --name|!-s --vm-size|--admin-user-ssh-public-key|--description|--no-wait?|--ssh-public-access|--tag+"
        f"|--user-object-id|--user-tenant-id|{_NETWORK}"
    ),
    "computetarget delete": "!-n --name",
    "computetarget detach": "!-n --name",
    "computetarget get-credentials": "!-n --name",
    "computetarget list": "",
    "computetarget show": "!-n --name",
    "dataset list": _PROJECT,
    "dataset show": f"-n --name|-i --id|-v --version|{_PROJECT}",
    "datastore list": f"--include-secret?|{_STORE}",
    "datastore show": f"!-n --name|--include-secret?|--hide-secret?|{_STORE}",
    "datastore show-default": f"--include-secret?|--hide-secret?|{_STORE}",
    "datastore set-default": f"!-n --name|{_STORE}",
    "datastore upload": (
        f"!-n --name|!-p --src-path -l|-u --target-path --target_path|--overwrite?|--hide-progress?|{_STORE}"
    ),
    "datastore download": f"!-n --name|!-d --target-path|-p --prefix|--overwrite?|--hide-progress?|{_STORE}",
    "experiment list": _PROJECT,
    "run list": (
        "--compute-target-name|-e --experiment-name|--last|--minimal?|--parent-run-id|--pipeline-run-id|--status|--tags"
        f"|{_PROJECT}"
    ),
    "run show": f"!-r --run|-e --experiment-name|{_PROJECT}",
    "run update": f"!-r --run|--add-tag|-e --experiment-name|{_PROJECT}",
    "endpoint realtime create-version": _ENDPOINT_VERSION,
    "endpoint realtime delete": "!-n --name",
    "endpoint realtime delete-version": "!-n --name|!--vn --version-name|--no-wait?",
    "endpoint realtime get-access-token": "!-n --name",
    "endpoint realtime get-keys": "!-n --name",
    "endpoint realtime get-logs": "!-n --name|-i --init?|-l --num_lines",
    "endpoint realtime list": "-c --compute-type|--model-id|--model-name|--property+|--tag+",
    "endpoint realtime regen-key": "!-k --key|!-n --name|-s --set-key",
    "endpoint realtime run": "!-n --name|-d --input-data",
    "endpoint realtime show": "!-n --name",
    "endpoint realtime update": (
        "!-n --name|--add-property+|--add-tag+|--remove-tag+|--ae --auth-enabled|--ai --enable-app-insights|-d"
        " --description|--token-auth-enabled|--no-wait?"
    ),
    "endpoint realtime update-version": _ENDPOINT_VERSION,
}
"""Further verbs of v1 and their options, as `V1`. The checks leave these alone: v2 has most of these names with options
of its own. `scoredock az ml` reads them."""
V2 = {
    "online-endpoint create": "-f --file|-n --name|--auth-mode|--local?|--no-wait?|--set*|-e --web?",
    "online-endpoint delete": "!-n --name|-y --yes?|--local?|--no-wait?",
    "online-endpoint get-credentials": "!-n --name",
    "online-endpoint invoke": "!-n --name|-r --request-file|-d --deployment-name|--local?|--inputs",
    "online-endpoint list": "--local?",
    "online-endpoint regenerate-keys": "!-n --name|--key-type|--no-wait?",
    "online-endpoint show": "!-n --name|--local?|-e --web?",
    "online-endpoint update": (
        "-n --name|-f --file|-r --traffic*|--mirror-traffic*|--defaults*|--set*|--add*|--remove*|--force-string?"
        "|--local?|--no-wait?|-e --web?"
    ),
    "online-deployment create": (
        "!-f --file|-n --name|-e"
        " --endpoint-name|--all-traffic?|--local?|--local-enable-gpu?|--no-wait?|--set*|--skip-script-validation?|--vscode-debug?|--package-model?|--web?"  # noqa: E501 (a text that would change if it were wrapped)
    ),
    "online-deployment delete": "!-n --name|!-e --endpoint-name|-y --yes?|--local?|--no-wait?",
    "online-deployment get-logs": "!-n --name|!-e --endpoint-name|-c --container|-l --lines|--local?",
    "online-deployment list": "!-e --endpoint-name|--local?",
    "online-deployment show": "!-n --name|!-e --endpoint-name|--local?|--web?",
    "online-deployment update": (
        "-n --name|-e --endpoint-name|-f"
        " --file|--local?|--local-enable-gpu?|--no-wait?|--set*|--add*|--remove*|--force-string?|--vscode-debug?|--skip-script-validation?|--web?"  # noqa: E501 (a text that would change if it were wrapped)
    ),
    "batch-endpoint create": "-f --file|-n --name|--no-wait?|--set*",
    "batch-endpoint delete": "!-n --name|-y --yes?|--no-wait?",
    "batch-endpoint invoke": (
        "!-n --name|-d"
        " --deployment-name|--input|--input-type|--inputs|--outputs|--output-path|-c --instance-count|-m --mini-batch-size|--set*|-f"  # noqa: E501 (a text that would change if it were wrapped)
        " --file|-e --experiment-name|--job-name"
    ),
    "batch-endpoint list": "",
    "batch-endpoint list-jobs": "!-n --name",
    "batch-endpoint show": "!-n --name|--web?",
    "batch-endpoint update": "-n --name|-f --file|--defaults*|--set*|--add*|--remove*|--force-string?|--no-wait?",
    "batch-deployment create": (
        "!-f --file|-n --name|-e --endpoint-name|--set-default?|--skip-script-validation?|--no-wait?|--set*"
    ),
    "batch-deployment delete": "!-n --name|!-e --endpoint-name|-y --yes?|--no-wait?",
    "batch-deployment list": "!-e --endpoint-name",
    "batch-deployment list-jobs": "!-n --name|!-e --endpoint-name",
    "batch-deployment show": "!-n --name|!-e --endpoint-name",
    "batch-deployment update": (
        "-n --name|-e --endpoint-name|-f --file|--set*|--add*|--remove*|--force-string?|--no-wait?"
    ),
    "model create": (
        "-f --file|-n --name|-v --version|-p --path|-t"
        " --type|--description|--tags*|--set*|-s --stage|--registry-name|--datastore|--no-wait?"
    ),
    "model archive": "!-n --name|-v --version|-l --label|--registry-name",
    "model restore": "!-n --name|-v --version|-l --label|--registry-name",
    "model share": "!-n --name|-v --version|--share-with-name|--share-with-version|--registry-name",
    "model list": "-n --name|--include-archived?|--archived-only?|-r --max-results|-s --stage|--registry-name",
    "model show": "!-n --name|-v --version|-l --label|--registry-name",
    "model update": (
        "-n --name|-v --version|-l --label|--set*|--add*|--remove*|--force-string?|-s --stage|--registry-name"
    ),
    "model download": "!-n --name|!-v --version|-p --download-path|--registry-name",
    "model package": "-n --name|-v --version|-l --label|-f --file|--registry-name|--set*",
    "environment create": (
        "-f --file|-n --name|-v --version|-i --image|-c --conda-file|-b --build-context|-d"
        " --dockerfile-path|--os-type|--description|--tags*|--set*|--registry-name|--datastore|--no-wait?"
    ),
}
"""The same for v2; `*` marks options that take any number of words. The extension still grows, so only near misses are
reported."""
OTHER_VERBS = {
    "datastore": "create delete list mount show update",
    "dataset": "create",
    "endpoint": (
        "realtime create delete get-credentials get-logs invoke list list-jobs list-keys log log-deployment"
        " regenerate-keys show update"
    ),
    "environment": "archive list restore share show update",
    "workspace": (
        "create delete diagnose list list-keys outbound-rule private-endpoint provision-network show sync-keys update"
        " update-dependencies"
    ),
    "job": "archive cancel connect-ssh create download list restore show show-services stream update validate",
    "compute": (
        "attach connect-ssh create delete detach enable-sso list list-nodes list-sizes list-usage restart show start"
        " stop update"
    ),
    "data": "archive create import list list-materialization-status mount restore share show update upload",
    "component": "archive create list prepare-for-sign restore show update validate",
    "schedule": "create delete disable enable list show trigger update",
    "registry": "create delete list show update",
    "connection": "create delete list show update",
}
"""Verbs of v2 whose options are not checked, those of its first releases as well."""
OTHER_GROUPS = (
    "code",
    "feature-set",
    "feature-store",
    "feature-store-entity",
    "marketplace-subscription",
    "serverless-endpoint",
    "workspace-hub",
    "index",
    "capability-host",
    "deployment-template",
    "azure-openai-deployment",
)


@dataclass(frozen=True, slots=True)
class Option:
    """One option and its other spellings."""

    names: tuple[str, ...]
    required: bool = False
    flag: bool = False
    pair: bool = False
    many: bool = False

    @property
    def long(self) -> str:
        """The spelling that says most."""
        return max(self.names, key=len)


@dataclass(frozen=True, slots=True)
class AzVerb:
    """One command of `az ml` with its options."""

    name: str
    options: tuple[Option, ...]
    closed: bool
    """Whether the list of options is all there ever was."""


def _options(text: str) -> tuple[Option, ...]:
    result = []
    for part in text.strip().split("|"):
        if part:
            names = tuple(part.strip("!?+*").split())
            result.append(
                Option(names, part.startswith("!"), part.endswith("?"), part.endswith("+"), part.endswith("*"))
            )
    return tuple(result)


@lru_cache(maxsize=1)
def v1_verbs() -> dict[str, AzVerb]:
    """Every verb of azure-cli-ml whose options are known."""
    return {name: verb_of_text(name, text, closed=True) for name, text in {**V1, **V1_ASIDE}.items()}


def verb_of_text(name: str, text: str, *, closed: bool) -> AzVerb:
    """A verb with the options of a text as in `V1`, and those that every command has."""
    return AzVerb(name, _with_common(text), closed)


def _with_common(text: str) -> tuple[Option, ...]:
    own = _options(text)
    taken = {n for option in own for n in option.names}
    return own + tuple(
        Option(tuple(n for n in option.names if n not in taken), flag=option.flag or option.names == ("-v",))
        for option in _options(COMMON)
        if not set(option.names) <= taken
    )


@lru_cache(maxsize=1)
def verbs() -> dict[str, tuple[AzVerb, ...]]:
    """All verbs whose options are known; those that v1 and v2 share have both forms."""
    result: dict[str, tuple[AzVerb, ...]] = {}
    for table, closed in ((V1, True), (V2, False)):
        for name, text in table.items():
            result[name] = (*result.get(name, ()), verb_of_text(name, text, closed=closed))
    return result


@lru_cache(maxsize=1)
def groups() -> dict[str, frozenset[str]]:
    """The verbs of each group."""
    result: dict[str, set[str]] = {name: set(text.split()) for name, text in OTHER_VERBS.items()}
    for name in (*verbs(), *COMMANDS):
        group, verb = name.split()[:2]
        result.setdefault(group, set()).add(verb)
    for name in OTHER_GROUPS:
        result.setdefault(name, set())
    return {name: frozenset(found) for name, found in result.items()}
