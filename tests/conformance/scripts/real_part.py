"""What the driver holds."""

begun = False


def init():
    raise RuntimeError("never called")


def run(data):
    return {"begun": begun, "data": data}
