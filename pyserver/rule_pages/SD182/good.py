import pandas as pd


def init():
    pass


def run(mini_batch):
    frame = pd.concat(map(pd.read_csv, mini_batch))
    return frame.head()
