"""MLServer's own model class and its V2 protocol, as its scikit-learn runtime uses them."""

import numpy
import score
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Model(MLModel):
    async def load(self):
        score.init()
        return True

    async def predict(self, payload):
        rows = self.decode(payload.inputs[0], default_codec=NumpyCodec)
        answers = numpy.array(score.predict(rows), dtype=float)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("predict", answers)])
