import json
import multiprocessing


def init():
    global pool
    pool = multiprocessing.Pool(4)


def run(data):
    return pool.map(float, json.loads(data)["data"])
