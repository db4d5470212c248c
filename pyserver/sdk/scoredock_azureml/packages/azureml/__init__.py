"""The Azure ML SDK v1 as far as deploying goes, answered by Scoredock on this machine.

May import: the standard library and itself. Door: the modules of the SDK, at their own places.
"""

# Older Pythons read this file and no other one of ours, so that they can say what they are.
import sys

if sys.version_info < (3, 6):  # noqa: UP036 (what runs a script is not always what was installed for)
    sys.exit(
        "error: {} is Python {}.{}, which is too old for Scoredock. Choose Python 3.6 or later with --python."
        " [sdk-python-unsupported]".format(sys.executable, *sys.version_info[:2])
    )

from azureml._scoredock import sources

sources.install()

from azureml._scoredock import absent, msrest_names  # noqa: E402 (read so)

__path__ = __import__("pkgutil").extend_path(__path__, __name__)
absent.install()
msrest_names.install()
__getattr__ = absent.private_part
