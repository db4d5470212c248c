def init():
    pass


def run(data):
    return {"rows": len(data["data"])}
