import json
import multiprocessing

pool = multiprocessing.Pool(4)


def init():
    pass


def run(data):
    return pool.map(float, json.loads(data)["data"])
