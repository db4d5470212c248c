kept = []


def init():
    pass


def run(data):
    kept.append(bytearray(4_000_000))
    return len(kept)
