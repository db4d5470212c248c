"""Rules SD325 to SD333, SD338 and SD339: keys of a deployment configuration in the wrong place, secrets, TLS, names."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.deployment.unit_rules import aks

_READER = "azureml-core 1.61, deploy configuration reader"
_CLI = "azure-cli-ml, az ml model deploy --dc"
_SDK = "azureml-core 1.61, AciWebservice"
_WORLD = World("deploymentconfig.json")
_LOCAL = '{\n  "computeType": "local",\n  "port": 6789\n}\n'
_TLS = World("deploymentconfig.json", ("cert.pem", "key.pem"))
_ACI = '{\n  "computeType": "aci"\n}\n'


def _tls(certificate: str, enabled: str = "true") -> str:
    return (
        f'{{\n  "computeType": "aci",\n  "sslEnabled": {enabled},\n  "sslCertificate": "{certificate}",\n'
        '  "sslKey": "key.pem",\n  "cname": "models.contoso.com"\n}\n'
    )


SECRET = Rule(
    "SD325",
    "warning",
    "Key of the service in a file",
    "The key of the service is written in the file, where everybody who gets the file can read it.",
    "Configurations are committed and shared. Without keys Azure makes some, and they can be asked for and renewed.",
    aks('"keys": {"primaryKey": "not-a-real-key"}'),
    aks('"authEnabled": true'),
    "Remove keys from the file and ask for them after the deployment, or give them on the command line.",
    "Azure ML article “Consume a service”: keys",
    _WORLD,
    fixable=True,
)
ELSEWHERE = Rule(
    "SD326",
    "warning",
    "Key that belongs elsewhere",
    "“{key}” is not read here; it belongs {where}.",
    "Keys that are not known are ignored without a word, so what they were meant to do does not happen.",
    '{\n  "computeType": "local",\n  "tags": {"team": "lab"}\n}\n',
    '{\n  "computeType": "local"\n}\n',
    "Move it to where it is read.",
    _CLI,
    _WORLD,
    fixable=True,
)
MOVED = Rule(
    "SD327",
    "warning",
    "Key at the wrong level",
    "“{key}” is not read here; in this file it is “{right}”.",
    "Each key is looked up at one place only, under the name that the file format has. The SDK's names for the same"
    " things differ.",
    '{\n  "computeType": "aci",\n  "cpu_cores": 2\n}\n',
    '{\n  "computeType": "aci",\n  "containerResourceRequirements": {"cpu": 2}\n}\n',
    "Move it to its place.",
    _READER,
    _WORLD,
    fixable=True,
)
DNS_LABEL = Rule(
    "SD328",
    "error",
    "Invalid host name label",
    "“dnsNameLabel” must be letters, digits and dashes, at most 63 of them, not “{got}”.",
    "It becomes the first part of the host name of the service, and a host name can hold nothing else.",
    '{\n  "computeType": "aci",\n  "dnsNameLabel": "diabetes_service"\n}\n',
    '{\n  "computeType": "aci",\n  "dnsNameLabel": "diabetes-service"\n}\n',
    "Use letters, digits and dashes.",
    "RFC 1035, section 2.3.1",
    _WORLD,
    fixable=True,
)
FILE_MISSING = Rule(
    "SD329",
    "error",
    "Certificate or key does not exist",
    "The file “{path}” does not exist in “{base}”.",
    "The files are read when the configuration is sent; without them the deployment ends there.",
    _tls("certificate.pem"),
    _tls("cert.pem"),
    "Correct the path.",
    f"{_SDK}: TLS files must exist",
    World("deploymentconfig.json", ("certificat.pem", "cert.pem", "key.pem")),
    fixable=True,
)
FILE_CASE = Rule(
    "SD330",
    "error",
    "Path differs in case",
    "“{path}” exists only as “{found}”; other systems distinguish upper and lower case.",
    "Windows and macOS find the file all the same, but a build agent on Linux does not.",
    _tls("Cert.pem"),
    _tls("cert.pem"),
    "Write the path exactly as the file is called.",
    "file names on Linux",
    _TLS,
    fixable=True,
)
TLS_OFF = Rule(
    "SD331",
    "warning",
    "Certificate that is not used",
    "“{key}” is not used, because “sslEnabled” is not true.",
    "Without sslEnabled the service speaks plain HTTP, keys and data included, although a certificate is there.",
    _tls("cert.pem", "false"),
    _tls("cert.pem"),
    "Set sslEnabled to true, or remove the rest.",
    f"{_SDK}: ssl_enabled",
    _TLS,
    fixable=True,
)
PRIVILEGED_PORT = Rule(
    "SD332",
    "warning",
    "Port for administrators only",
    "Port {port} can only be opened by an administrator on Linux; choose one above 1023.",
    "Ports below 1024 are kept for the system, so the service does not start where it is not allowed to use them.",
    '{\n  "computeType": "local",\n  "port": 80\n}\n',
    '{\n  "computeType": "local",\n  "port": 8080\n}\n',
    "Choose a port from 1024 on, or leave it out to get a free one.",
    "ip(7), net.ipv4.ip_unprivileged_port_start",
    _WORLD,
    fixable=True,
)
KEYS_UNUSED = Rule(
    "SD333",
    "warning",
    "Keys without authentication",
    "“keys” is not used, because “authEnabled” is {state}.",
    "Everybody who knows the address can call the service, although keys are given.",
    '{\n  "computeType": "aci",\n  "authEnabled": false,\n  "keys": {"primaryKey": "not-a-real-key"}\n}\n',
    '{\n  "computeType": "aci",\n  "authEnabled": true\n}\n',
    "Set authEnabled to true, or remove the keys.",
    f"{_SDK}: auth_enabled",
    _WORLD,
    fixable=True,
)
HOST_NAME = Rule(
    "SD338",
    "warning",
    "Address where a name belongs",
    "“cname” must be the bare host name of the certificate, “{right}”, not “{got}”.",
    "It is entered into the certificate's configuration as it stands; an address with a scheme or a path matches no"
    " certificate.",
    _tls("cert.pem").replace("models.contoso.com", "https://models.contoso.com/"),
    _tls("cert.pem"),
    "Write the host name only.",
    f"{_SDK}: ssl_cname",
    _TLS,
    fixable=True,
)
VAULT = Rule(
    "SD339",
    "warning",
    "Key vault without its address",
    "“vaultBaseUrl” must be the https address of the vault, not “{got}”.",
    "Azure opens the vault at this address; a name alone leads nowhere.",
    '{\n  "computeType": "aci",\n  "vaultBaseUrl": "contoso.vault.azure.net",\n  "keyName": "disk",\n  "keyVersion":'
    ' "1"\n}\n',
    '{\n  "computeType": "aci",\n  "vaultBaseUrl": "https://contoso.vault.azure.net",\n  "keyName": "disk",\n '
    ' "keyVersion": "1"\n}\n',
    "Write the whole address.",
    f"{_SDK}: cmk_vault_base_url",
    _WORLD,
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
