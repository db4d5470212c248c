import os


def init():
    os.makedirs("outputs/data", exist_ok=True)


def run(mini_batch):
    names = []
    for path in mini_batch:
        name = os.path.basename(path)
        with open(os.path.join("outputs/data", name), "w") as file:
            file.write(name.upper())
        names.append(name)
    return names
