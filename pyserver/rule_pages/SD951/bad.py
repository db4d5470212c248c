import time


def init():
    time.sleep(2)


def run(data):
    return len(data)
