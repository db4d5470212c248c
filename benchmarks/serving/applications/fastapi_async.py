"""FastAPI as its documentation has it, `async def`: run() on the event loop, which is its quickest way."""

from contextlib import asynccontextmanager

import score
from fastapi import FastAPI, Request


@asynccontextmanager
async def life(app: FastAPI):
    score.init()
    yield


app = FastAPI(lifespan=life)


@app.post("/score")
async def answer(request: Request):
    return score.run((await request.body()).decode())
