import os

from azureml_user.parallel_run import EntryScript


def init():
    pass


def run(mini_batch):
    names = []
    for path in mini_batch:
        name = os.path.basename(path)
        with open(os.path.join(EntryScript().output_dir, name), "w") as file:
            file.write(name.upper())
        names.append(name)
    return names
