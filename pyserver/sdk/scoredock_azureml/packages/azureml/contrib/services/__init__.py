"""Requests and answers of raw HTTP, for an entry script that is run by hand; in a service the scoring runtime answers.

May import: the standard library and `azureml`, Flask where it is installed. Door: the modules of the SDK.
"""

from __future__ import annotations

from azureml.contrib.services.aml_request import rawhttp

__all__ = ["rawhttp"]
