"""Name and password of a container registry on the command line: asked for or piped in, never an argument or a file."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import UsageError
from scoredock.protocol import messages


def credentials(options: Namespace) -> list[messages.RegistryCredential]:
    """Credentials from the arguments, with the password asked for; empty without a user name. Raises UsageError."""
    if not options.username:
        if options.password_stdin or options.registry:
            raise UsageError(l10n.t("--registry and --password-stdin need --username."))
        return []
    from scoredock.packaging.texts import registry_host

    registry = options.registry or registry_host(getattr(options, "push", ""))
    if not registry:
        raise UsageError(l10n.t("--username needs --registry, the server to sign in to."))
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = getpass.getpass(
            l10n.t("Password for {user} at {registry}: ", user=options.username, registry=registry)
        )
    else:
        raise UsageError(l10n.t("There is no terminal to ask for the password. Pipe it in with --password-stdin."))
    return [messages.RegistryCredential(registry, options.username, password)]
