"""Hosts an Azure ML v1 entry script (`init()` and `run()`) over HTTP."""

__version__ = "0.1.0"
