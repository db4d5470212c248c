"""FastAPI as its documentation has it, `def`: run() in its thread pool, so that other requests are answered
meanwhile."""

from contextlib import asynccontextmanager

import score
from fastapi import Depends, FastAPI, Request


@asynccontextmanager
async def life(app: FastAPI):
    score.init()
    yield


async def text(request: Request):
    return (await request.body()).decode()


app = FastAPI(lifespan=life)


@app.post("/score")
def answer(data: str = Depends(text)):
    return score.run(data)
