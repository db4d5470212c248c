"""What the tests of packages have."""

from packages.conftest import built, ca_base, folder, ready, runtime, shop  # noqa: F401
