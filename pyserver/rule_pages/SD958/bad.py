import warnings


def init():
    warnings.warn("old", DeprecationWarning)


def run(data):
    return len(data)
