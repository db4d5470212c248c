def init():
    pass


def run(mini_batch):
    return [path for path in mini_batch]
