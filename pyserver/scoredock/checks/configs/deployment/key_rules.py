"""Rules SD325 to SD333, SD338 and SD339: keys of a deployment configuration in the wrong place, secrets, TLS, names."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_READER = "azureml-core 1.61, deploy configuration reader"
_CLI = "azure-cli-ml, az ml model deploy --dc"
_SDK = "azureml-core 1.61, AciWebservice"
_WORLD = World("deploymentconfig.json")
_TLS = World("deploymentconfig.json", ("cert.pem", "key.pem"))


SECRET = Rule(
    code="SD325",
    severity="warning",
    title="Key of the service in a file",
    message="The key of the service is written in the file, where everybody who gets the file can read it.",
    why=(
        "Configurations are committed and shared. Without keys Azure makes some, and they can be asked for and renewed."
    ),
    fix="Remove keys from the file and ask for them after the deployment, or give them on the command line.",
    source="Azure ML article “Consume a service”: keys",
    world=_WORLD,
    fixable=True,
)
ELSEWHERE = Rule(
    code="SD326",
    severity="warning",
    title="Key that belongs elsewhere",
    message="“{key}” is not read here; it belongs {where}.",
    why="Keys that are not known are ignored without a word, so what they were meant to do does not happen.",
    fix="Move it to where it is read.",
    source=_CLI,
    world=_WORLD,
    fixable=True,
)
MOVED = Rule(
    code="SD327",
    severity="warning",
    title="Key at the wrong level",
    message="“{key}” is not read here; in this file it is “{right}”.",
    why=(
        "Each key is looked up at one place only, under the name that the file format has. The SDK's names for the same"
        " things differ."
    ),
    fix="Move it to its place.",
    source=_READER,
    world=_WORLD,
    fixable=True,
)
DNS_LABEL = Rule(
    code="SD328",
    severity="error",
    title="Invalid host name label",
    message="“dnsNameLabel” must be letters, digits and dashes, at most 63 of them, not “{got}”.",
    why="It becomes the first part of the host name of the service, and a host name can hold nothing else.",
    fix="Use letters, digits and dashes.",
    source="RFC 1035, section 2.3.1",
    world=_WORLD,
    fixable=True,
)
FILE_MISSING = Rule(
    code="SD329",
    severity="error",
    title="Certificate or key does not exist",
    message="The file “{path}” does not exist in “{base}”.",
    why="The files are read when the configuration is sent; without them the deployment ends there.",
    fix="Correct the path.",
    source=f"{_SDK}: TLS files must exist",
    world=World("deploymentconfig.json", ("certificat.pem", "cert.pem", "key.pem")),
    fixable=True,
)
FILE_CASE = Rule(
    code="SD330",
    severity="error",
    title="Path differs in case",
    message="“{path}” exists only as “{found}”; other systems distinguish upper and lower case.",
    why="Windows and macOS find the file all the same, but a build agent on Linux does not.",
    fix="Write the path exactly as the file is called.",
    source="file names on Linux",
    world=_TLS,
    fixable=True,
)
TLS_OFF = Rule(
    code="SD331",
    severity="warning",
    title="Certificate that is not used",
    message="“{key}” is not used, because “sslEnabled” is not true.",
    why="Without sslEnabled the service speaks plain HTTP, keys and data included, although a certificate is there.",
    fix="Set sslEnabled to true, or remove the rest.",
    source=f"{_SDK}: ssl_enabled",
    world=_TLS,
    fixable=True,
)
PRIVILEGED_PORT = Rule(
    code="SD332",
    severity="warning",
    title="Port for administrators only",
    message="Port {port} can only be opened by an administrator on Linux; choose one above 1023.",
    why="Ports below 1024 are kept for the system, so the service does not start where it is not allowed to use them.",
    fix="Choose a port from 1024 on, or leave it out to get a free one.",
    source="ip(7), net.ipv4.ip_unprivileged_port_start",
    world=_WORLD,
    fixable=True,
)
KEYS_UNUSED = Rule(
    code="SD333",
    severity="warning",
    title="Keys without authentication",
    message="“keys” is not used, because “authEnabled” is {state}.",
    why="Everybody who knows the address can call the service, although keys are given.",
    fix="Set authEnabled to true, or remove the keys.",
    source=f"{_SDK}: auth_enabled",
    world=_WORLD,
    fixable=True,
)
HOST_NAME = Rule(
    code="SD338",
    severity="warning",
    title="Address where a name belongs",
    message="“cname” must be the bare host name of the certificate, “{right}”, not “{got}”.",
    why=(
        "It is entered into the certificate's configuration as it stands; an address with a scheme or a path matches no"
        " certificate."
    ),
    fix="Write the host name only.",
    source=f"{_SDK}: ssl_cname",
    world=_TLS,
    fixable=True,
)
VAULT = Rule(
    code="SD339",
    severity="warning",
    title="Key vault without its address",
    message="“vaultBaseUrl” must be the https address of the vault, not “{got}”.",
    why="Azure opens the vault at this address; a name alone leads nowhere.",
    fix="Write the whole address.",
    source=f"{_SDK}: cmk_vault_base_url",
    world=_WORLD,
    fixable=True,
)

RULES = (
    SECRET,
    ELSEWHERE,
    MOVED,
    DNS_LABEL,
    FILE_MISSING,
    FILE_CASE,
    TLS_OFF,
    PRIVILEGED_PORT,
    KEYS_UNUSED,
    HOST_NAME,
    VAULT,
)
