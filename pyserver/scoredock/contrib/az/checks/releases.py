"""Lines of `az ml` of other releases than the last one of azure-cli-ml (v1): of the first ones, of 2017 and 2018, and
of CLI v2. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from scoredock import l10n
from scoredock.formats.az_lines.table import V2, AzVerb, Option, v1_verbs, verb_of_text
from scoredock.formats.az_lines.v1_commands import beginnings

_V2_ASIDE = {
    "environment list": "-n --name|--include-archived?|--archived-only?|-r --max-results|--registry-name",
    "environment show": "!-n --name|-v --version|-l --label|--registry-name",
    "workspace create": (
        "-n --name|-f --file|--description|--display-name|-l --location|--tags*|--set*|--kind|--hub-id"
        "|-m --managed-network|--public-network-access|-i --image-build-compute|-a --application-insights"
        "|-c --container-registry|-k --key-vault|-s --storage-account|-r --allow-roleassignment-on-rg"
        "|--default-resource-group|-e --enable-data-isolation?|-p --primary-user-assigned-identity"
        "|--provision-network-now?|-d --system-datastores-auth-mode|-u --update-dependent-resources?|--no-wait?"
    ),
    "workspace list": "--filtered-kinds|-r --max-results",
    "workspace show": "!-n --name",
    "datastore list": "-r --max-results",
    "dataset list": "-n --name|--include-archived?|--archived-only?|--max-results",
}
"""As `V2`, for verbs of `V1_ASIDE`, whose options the checks leave alone."""
_DEPLOY = "az ml model deploy -n NAME -m MODEL:VERSION --ic INFERENCE_CONFIG --dc DEPLOYMENT_CONFIG"
_OF_SERVICES = {
    "create": _DEPLOY,
    "delete": "az ml service delete -n NAME",
    "keys": "az ml service get-keys -n NAME",
    "list": "az ml service list",
    "logs": "az ml service get-logs -n NAME",
    "run": "az ml service run -n NAME -d DATA",
    "scale": "az ml service update -n NAME --nr COUNT",
    "show": "az ml service show -n NAME",
    "update": "az ml service update -n NAME -m MODEL:VERSION",
    "usage": "scoredock service client NAME --language python",
}
EARLY: Mapping[str, str] = {
    **dict.fromkeys(
        ("account", "asset", "computecontext", "datasource", "execute", "history", "hostacct", "image"), ""
    ),
    **dict.fromkeys(("manifest", "module", "project", "runconfiguration"), ""),
    "notebook": "scoredock sdk notebook NOTEBOOK",
    **dict.fromkeys(("computetarget attach cluster", "computetarget attach remotedocker", "computetarget setup"), ""),
    **{
        f"env {verb}": "" for verb in ("about", "cluster", "delete", "get-credentials", "list", "local", "set", "setup")
    },
    "env show": "",
    **{f"experiment {verb}": "" for verb in ("cancel", "clean", "create", "diagnostics", "prepare")},
    "asset download": "az ml model download -i NAME:VERSION -t FOLDER",
    "execute start": "scoredock sdk run SCRIPT",
    "experiment status": "az ml run show -r RUN",
    "experiment submit": "scoredock sdk run SCRIPT",
    "folder detach": "",
    "history compare": "az ml run show -r RUN",
    "history download": "scoredock run artifacts workspace RUN",
    "history info": "az ml run show -r RUN",
    "history last": "az ml run list --last 1",
    "history list": "az ml run list",
    "history promote": "az ml model register -n NAME --asset-path PATH --run-id RUN",
    "image create": "az ml model package -m MODEL:VERSION --ic INFERENCE_CONFIG [--in NAME ]",
    **{f"project {verb}": "az ml folder attach -w WORKSPACE" for verb in ("attach", "create")},
    "run submit": "scoredock sdk run SCRIPT",
    **{f"service {verb} realtime": instead for verb, instead in _OF_SERVICES.items()},
    **{f"service {verb} batch": "" for verb in (*_OF_SERVICES, "canceljob", "listjobs", "showjob")},
    **{f"service create {kind}": _DEPLOY for kind in ("aci", "aks")},
}
"""Groups and commands of the first releases, which the last one does not have, nor has v2 → what does nearly the same
here; empty where nothing does."""
EARLY_WITH_OPTION: Mapping[str, str] = {
    "image create -f": "az ml model package -m MODEL:VERSION --es ENTRY [--cf CONDA ][--in NAME ]",
    "service create realtime -f": "scoredock service deploy NAME [--register-model FILE ]--es ENTRY [--cf CONDA ]",
    "service keys realtime --regenerate": "az ml service regen-key -n NAME -k Primary",
}
"""The same for a command with an option that changes what it means."""
EARLY_WORDS = {
    "CONDA": ("-c", "-p"),
    "COUNT": ("-z",),
    "DATA": ("-d",),
    "ENTRY": ("-f",),
    "FILE": ("-m", "--model-file"),
    "FOLDER": ("-d", "--directory"),
    "NAME": ("-n", "--name", "-i", "--id"),
    "PATH": ("-ap", "--artifact-path"),
    "RUN": ("-r", "--run"),
    "WORKSPACE": ("-w", "--workspace", "--workspace-name"),
}
"""Word of a line here → options of first releases that say it."""
_ACCOUNT = "!-a --account-name"
_EARLY_FORMS = {
    "computetarget attach": (
        "!-n --name|!-a --address|-u --username|-w --password|--type|--project|-k --use-azureml-ssh-key?|--cluster?"
    ),
    "model list": "!-t --tag",
    "model register": "!-m --model|!-n --name|-t --tag+|-d --description",
    "model show": "!-m --model|-t --tag",
    "workspace create": f"{_ACCOUNT}|-n --name|-l --location",
    "workspace list": _ACCOUNT,
    "workspace show": f"{_ACCOUNT}|-n --name",
}
"""Commands of the first releases that the last one has under the same name, with the options that they had."""
_COMMON = {
    **{each: each for each in ("--query", "--subscription", "--subscription-id")},
    "--output": "-o",
    "--resource-group": "-g",
    "--workspace-name": "-w",
}
_OF_AZ = ("--only-show-errors", "--verbose", "--debug")
"""What changes nothing but what is printed."""
_AS_V1 = {
    "model list": {"--name": "-n"},
    "model show": {"--name": "-n", "--version": "--version"},
    "model download": {"--name": "-i", "--version": "-i", "--download-path": "-t"},
    "model update": {"--name": "-i", "--version": "-i", "--description": "--description"},
    "environment show": {"--name": "-n", "--version": "-v"},
    "workspace create": {"--name": "-w", "--display-name": "-f", "--location": "-l"},
    "workspace show": {"--name": "-w"},
}
"""Commands that v1 and v2 share: the options of v2 that v1 has under another name. Name and version make one id."""
_EARLY_AS_V1 = {
    "model list": {"--tag": "--tag"},
    "model register": {"--model": "-p", "--name": "-n", "--tag": "--tag", "--description": "-d"},
    "model show": {"--model": "-n"},
}
_VARIABLE = re.compile(r"(?:[\w.:/-]|\$\w+|\$\([\w.]+\)|\$\{[\w:]+\}|\$\{\{[^{}]+\}\})*$")
"""Of variables and of signs that mean nothing to a shell."""
_OPTION = re.compile(r"--[A-Za-z]|-[A-Za-z]$")
_FILLED_IN = re.compile(r"\$(?:\w|[({])")
OptionValues = Sequence[tuple[Option, tuple[str, ...]]]


class LineOfRelease(NamedTuple):
    """A line of another release, of a command that the last one of v1 has as well."""

    message: str
    instead: str
    """The line of v1; empty where that is not certain."""


def early_command(words: Sequence[str]) -> str:
    """The command of first releases that a line begins with; empty for another one."""
    return next((name for name in (*beginnings(words), *words[:1]) if name in EARLY), "")


def early_sentence(command: str) -> str:
    """Sentence that the command belongs to earlier releases of azure-cli-ml only."""
    return l10n.t("“az ml {verb}” is not a command of the last release of azure-cli-ml (v1).", verb=command)


def early_line(words: Sequence[str]) -> LineOfRelease | None:
    """Line of a release of 2017 or 2018, with its message; None for a line of v1 or v2, and for one that was never
    right.
    """
    name = next((each for each in beginnings(words) if each in _EARLY_FORMS), "")
    rest = words[len(name.split()) :]
    options = options_of(_early_form(name), rest, has_other_words=True) if name else None
    strange = _strange(name, rest, options or ())
    if not options or not strange or _fits(v1_verbs().get(name), rest):
        return None
    values_by_option = {option.long: values for option, values in options}
    required = {option.long for option in _early_form(name).options if option.required}
    # What v2 has as -a and --account-name has not is the id of a resource.
    if not required <= values_by_option.keys() or values_by_option.get("--account-name", ("",))[0].startswith("/"):
        return None
    what = {"verb": name, "options": ", ".join(strange)}
    if name in v1_verbs():
        message = l10n.t(
            "“az ml {verb}” with {options} is a line of azure-cli-ml of 2017 or 2018; the last release of it has other"
            " options.",
            **what,
        )
    else:
        message = l10n.t(
            "“az ml {verb}” with {options} is a line of azure-cli-ml of 2017 or 2018; the last release of it has a"
            " command for each kind of target.",
            **what,
        )
    if name == "model register":  # tags had no values
        options = [
            (option, tuple(each if "=" in each or option.long != "--tag" else f"{each}=" for each in values))
            for option, values in options
        ]
    is_certain = options_of(_early_form(name), rest) is not None
    return LineOfRelease(message, _translated(name, options, _EARLY_AS_V1) if is_certain else "")


def line_of_another_release(words: Sequence[str]) -> LineOfRelease | None:
    """The line as one of another release; None for a line of v1, and for one that is wrong in every release."""
    if early := early_line(words):
        return early
    name, rest = " ".join(words[:2]), words[2:]
    form = _v2_form(name)
    if form is None:
        return None
    options = options_of(form, rest, has_other_words=True)
    strange = _strange(name, rest, options or ())
    if not options or not strange or _fits(v1_verbs()[name], rest):
        return None
    message = l10n.t(
        "“az ml {verb}” with {options} is a line of Azure ML CLI v2, and Scoredock runs those of v1.",
        verb=name,
        options=", ".join(strange),
    )
    return LineOfRelease(message, _translated(name, options, _AS_V1) if options_of(form, rest) else "")


def _v2_form(name: str) -> AzVerb | None:
    """Options that v2 has for a verb that v1 has as well; None if no table has them."""
    text = V2.get(name) or _V2_ASIDE.get(name)
    return verb_of_text(name, text, closed=False) if text and name in v1_verbs() else None


def without_strange(verb: AzVerb, rest: Sequence[str]) -> list[str]:
    """The words behind a verb without options that neither release has, and what stands behind these."""
    forms = [form for form in (verb, _v2_form(verb.name)) if form is not None]
    words: list[str] = []
    is_option = True
    for word in rest:
        if _OPTION.match(word):
            is_option = any(_option_named(form, word.partition("=")[0]) for form in forms)
        if is_option:
            words.append(word)
    return words


def options_of(verb: AzVerb, rest: Sequence[str], *, has_other_words: bool = False) -> OptionValues | None:
    """The options as the verb knows them, with their values; None when it lacks one. A short option may have one dash
    too many, and nobody can say what a variable holds; `has_other_words`: nor what other words are for."""
    options: list[tuple[Option, tuple[str, ...]]] = []
    index = 0
    while index < len(rest):
        head, equals, tail = rest[index].partition("=")
        index += 1
        if head.startswith("$") or (has_other_words and not head.startswith("-")):
            continue
        option = _option_named(verb, head)
        if option is None:
            return None
        if option.flag:
            options.append((option, ()))
        elif equals:
            options.append((option, (tail,)))
        elif option.many:
            following = _values(rest[index:])
            options.append((option, tuple(following)))
            index += len(following)
        elif index < len(rest):
            options.append((option, (rest[index],)))
            index += 1
        else:
            return None
    return options


def line(words: Sequence[str]) -> str:
    """A line of `az ml` of these words, as a shell reads it."""
    return " ".join(["az", "ml", *map(shell_word, words)])


def shell_word(word: str) -> str:
    """A word as a shell reads it: variables in it are filled in."""
    if is_placeholder(word):
        return word
    if not _FILLED_IN.search(word) or "'" in word:
        return shlex.quote(word)
    return '"' + re.sub(r'(["\\`])', r"\\\1", word) + '"'


def is_placeholder(word: str) -> bool:
    """True if something is still to be filled in for a word: `<name>`, `$NAME`, `$(name)`, `${{ name }}`."""
    return (word.startswith("<") and word.endswith(">")) or _VARIABLE.match(word) is not None


def _values(words: Sequence[str]) -> Sequence[str]:
    count = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
    return words[:count]


def _option_named(verb: AzVerb, head: str) -> Option | None:
    """Long options may be shortened, as in az."""
    names = {name: option for option in verb.options for name in option.names}
    option = names.get(head) or (names.get(head[1:]) if len(head) == 3 else None)
    if option is not None or not head.startswith("--"):
        return option
    begun = {id(each): each for name, each in names.items() if name.startswith(head)}
    return next(iter(begun.values())) if len(begun) == 1 else None


@lru_cache(maxsize=len(_EARLY_FORMS))
def _early_form(name: str) -> AzVerb:
    return verb_of_text(name, _EARLY_FORMS[name], closed=False)


def _fits(verb: AzVerb | None, rest: Sequence[str]) -> bool:
    return verb is not None and options_of(verb, rest) is not None


def _strange(name: str, rest: Sequence[str], options: OptionValues) -> list[str]:
    """The options as they are written that v1 does not have, or has with another meaning."""
    verb = v1_verbs().get(name)
    there = AzVerb(name, tuple(option for option, _ in options), closed=False)
    strange = []
    for head in [word.partition("=")[0] for word in rest if word.startswith("-")]:
        option, own = _option_named(there, head), _option_named(verb, head) if verb else None
        if option is not None and (own is None or own.flag != option.flag):
            strange.append(head)
    return list(dict.fromkeys(strange))


def _translated(name: str, options: OptionValues, tables: Mapping[str, Mapping[str, str]]) -> str:
    names = {**_COMMON, **tables.get(name, {})}
    options = [(option, values) for option, values in options if option.long not in _OF_AZ]
    if name not in tables or any(option.long not in names or not values for option, values in options):
        return ""
    values_by_name: dict[str, list[str]] = {}
    for option, values in options:
        values_by_name.setdefault(names[option.long], []).extend(values)
    if len(values_by_name.get("-i", ())) == 1:
        return ""  # v1 wants the version, too
    if any(len(values) > 1 for option, values in values_by_name.items() if option != "-i"):
        return ""
    words = [word for option, values in values_by_name.items() for word in (option, ":".join(values))]
    return line([*name.split(), *words, *(("-t", ".") if name == "model download" and "-t" not in words else ())])
