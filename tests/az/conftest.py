"""What the tests of the command line have."""

from cli.conftest import environments, runtime, shared_environments, terminal  # noqa: F401
