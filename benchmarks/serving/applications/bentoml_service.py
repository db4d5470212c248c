"""A BentoML service with one worker."""

import bentoml
import score


@bentoml.service(workers=1)
class Scoring:
    def __init__(self) -> None:
        score.init()

    @bentoml.api(route="/score")
    def answer(self, data: list[list[float]]) -> list[float]:
        return score.predict(data)
