"""Makes one small model per framework, by the framework itself, with the numbers that the framework gives for a
request.

Run by the Python of an environment that has them all: `make_models.py FOLDER KIND…`. For each kind it writes the model
and `<kind>.json` with the model's path, the request bodies and what the framework, called directly, answers.
"""

import os
import pickle
import sys
from importlib import metadata

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import make_boosters
import numpy as np
from making import ROWS, folder, iris, write_record


def sklearn():
    import joblib
    import sklearn
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=500).fit(*iris())
    joblib.dump(model, folder / "iris.joblib")
    write_record(
        "sklearn",
        folder / "iris.joblib",
        ({"data": ROWS}, {"predict_proba": model.predict_proba(np.array(ROWS)).tolist()}),
        ({"data": ROWS, "method": "predict"}, {"predict": model.predict(np.array(ROWS)).tolist()}),
        (
            {"data": ROWS, "method": "decision_function"},
            {"decision_function": model.decision_function(np.array(ROWS)).tolist()},
        ),
        framework="ScikitLearn",
        version=sklearn.__version__,
        width=4,
    )


def sklearn_frame():
    """A pipeline over named columns of several kinds, in a plain pickle: the order of the columns must not matter."""
    import pandas as pd
    import sklearn
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = pd.DataFrame({"size": [1.0, 2.5, 3.0, 4.0], "colour": ["red", "blue", "red", "green"]})
    columns = ColumnTransformer([("n", StandardScaler(), ["size"]), ("c", OneHotEncoder(), ["colour"])])
    model = Pipeline([("columns", columns), ("ridge", Ridge())]).fit(frame, [1.0, 2.0, 3.0, 4.0])
    (folder / "price.pkl").write_bytes(pickle.dumps(model))
    rows = pd.DataFrame([[1.5, "blue"], [3.5, "green"]], columns=["size", "colour"])
    answer = {"predict": model.predict(rows).tolist()}
    write_record(
        "sklearn_frame",
        folder / "price.pkl",
        ({"data": [[1.5, "blue"], [3.5, "green"]]}, answer),
        ({"data": [{"colour": "blue", "size": 1.5}, {"colour": "green", "size": 3.5}]}, answer),
        ({"data": [{"colour": "blue", "size": 1.5, "id": 1}, {"colour": "green", "size": 3.5}]}, answer),
        ({"data": {"colour": ["blue", "green"], "size": [1.5, 3.5]}}, answer),
        framework="ScikitLearn",
        version=sklearn.__version__,
        sample=[[1.5, "blue"]],
        refused=[
            ({"data": [{"colour": "blue", "size": 1.5}, {"color": "red", "size": 1.5}]}, "Missing columns: colour."),
            ({"data": {"colour": ["blue"]}}, "Missing columns: size."),
            ({"data": [[1.5, "blue"], [3.5]]}, "A row has 2 values, for size, colour, not 1."),
        ],
    )


def sklearn_mixed():
    """Trained with an array of numbers beside texts: a number that becomes a text is a category nobody knows."""
    import joblib
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    given = np.array([[1, "a"], [2, "b"], [3, "a"]], dtype=object)
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), Ridge()).fit(given, [1.0, 2.0, 3.0])
    joblib.dump(model, folder / "mixed.joblib")
    answer = {"predict": model.predict(given).tolist()}
    write_record("sklearn_mixed", folder / "mixed.joblib", ({"data": given.tolist()}, answer), sample=[[1, "a"]])


def sklearn_gaps():
    """Where a missing value is one, also alone in its column."""
    import joblib
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingRegressor

    columns = ["a", "b", "c", "d"]
    inputs, labels = iris()
    model = HistGradientBoostingRegressor(max_iter=3).fit(pd.DataFrame(inputs, columns=columns), labels)
    joblib.dump(model, folder / "gaps.joblib")
    rows = [[5.1, None, 1.4, 0.2], [6.7, 3.0, 5.2, None]]
    answer = model.predict(pd.DataFrame(rows, columns=columns).astype("float64")).tolist()
    cases = [({"data": rows}, {"predict": answer})]
    cases += [({"data": [row]}, {"predict": [one]}) for row, one in zip(rows, answer, strict=True)]
    write_record("sklearn_gaps", folder / "gaps.joblib", *cases, width=4)


def skops():
    import skops.io
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    model = LinearDiscriminantAnalysis().fit(*iris())
    skops.io.dump(model, folder / "iris.skops")
    write_record(
        "skops",
        folder / "iris.skops",
        ({"data": ROWS}, {"predict_proba": model.predict_proba(np.array(ROWS)).tolist()}),
        width=4,
    )


def skops_trees():
    """A model that only transforms, sparsely, of a type that skops leaves to the person: the trees of scikit-learn."""
    import skops.io
    from sklearn.ensemble import RandomTreesEmbedding

    model = RandomTreesEmbedding(n_estimators=2, max_depth=2, random_state=1).fit(iris()[0])
    skops.io.dump(model, folder / "trees.skops")
    write_record(
        "skops_trees",
        folder / "trees.skops",
        ({"data": ROWS}, {"transform": model.transform(np.array(ROWS)).toarray().tolist()}),
        ({"data": ROWS, "method": "apply"}, {"apply": model.apply(np.array(ROWS)).tolist()}),
        width=4,
        untrusted=skops.io.get_untrusted_types(file=folder / "trees.skops"),
        refused=[({"data": ROWS, "method": "predict"}, "no method 'predict'; it has transform, apply.")],
    )


def onnx():
    """From scikit-learn by skl2onnx: labels and, by ZipMap, probabilities by label."""
    import onnxruntime
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    inputs, labels = iris()
    model = LogisticRegression(max_iter=500).fit(inputs, labels)
    written = to_onnx(model, inputs[:1].astype(np.float32), target_opset=17).SerializeToString()
    (folder / "iris.onnx").write_bytes(written)
    session = onnxruntime.InferenceSession(written)
    label, chances = session.run(None, {session.get_inputs()[0].name: np.array(ROWS, np.float32)})
    answer = {
        "output_label": label.tolist(),
        "output_probability": [{str(key): float(value) for key, value in row.items()} for row in chances],
    }
    write_record("onnx", folder / "iris.onnx", ({"data": ROWS}, answer), framework="Onnx", version="1.12", width=4)


def onnx_inputs():
    """Several inputs of several types with a dynamic dimension, texts among them, and several outputs by name."""
    from onnx import TensorProto, checker, helper, save

    make = helper.make_tensor_value_info
    inputs = [
        make("x", TensorProto.FLOAT, ["rows", "width"]),
        make("times", TensorProto.INT64, [1]),
        make("words", TensorProto.STRING, ["rows"]),
    ]
    outputs = [
        make("scaled", TensorProto.FLOAT, ["rows", "width"]),
        make("same", TensorProto.STRING, ["rows"]),
    ]
    nodes = [
        helper.make_node("Cast", ["times"], ["factor"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["x", "factor"], ["scaled"]),
        helper.make_node("Identity", ["words"], ["same"]),
    ]
    graph = helper.make_graph(nodes, "several", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, folder / "several.onnx")
    import onnxruntime

    cases = []
    for x in ([[1.5, 2.0]], [[0.1, 0.2, 0.3], [4.0, 5.0, 6.0]]):
        words = [f"wört {number}" for number in range(len(x))]
        given = {"x": np.array(x, np.float32), "times": np.array([3]), "words": np.array(words, object)}
        scaled, same = onnxruntime.InferenceSession(str(folder / "several.onnx")).run(["scaled", "same"], given)
        answer = {"scaled": scaled.tolist(), "same": same.tolist()}
        cases.append(({"data": {"x": x, "times": [3], "words": words}}, answer))
    cases.append(({"data": {**cases[0][0]["data"], "times": [3.0]}}, cases[0][1]))
    wrong = {
        "times": ([1.9], "'times' takes whole numbers of the type int64, not 1.9."),
        "words": ([None], "'words' takes texts, not null."),
        "x": ([[1.5, True]], "'x' takes numbers of the type float32, not true."),
    }
    write_record(
        "onnx_inputs",
        folder / "several.onnx",
        *cases,
        framework="Onnx",
        refused=[
            *(({"data": {**cases[0][0]["data"], name: value}}, words) for name, (value, words) in wrong.items()),
            (
                {"data": {**cases[0][0]["data"], "times": [None]}},
                "'times' takes whole numbers of the type int64, not null.",
            ),
            ({"data": {**cases[0][0]["data"], "x": [["1.5"]]}}, "'x' takes numbers of the type float32, not \"1.5\"."),
            ({"data": {**cases[0][0]["data"], "x": [[1e300]]}}, "'x' takes numbers of the type float32, not 1e+300."),
            ({"data": {**cases[0][0]["data"], "x": [[1.0], [1.0, 2.0]]}}, "The lists in 'x' differ in length."),
        ],
    )


def onnx_open():
    """The file leaves the width open, so only the running of it tells that one is wrong; and an input of true and
    false."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper, save

    make = helper.make_tensor_value_info
    inputs = [make("x", TensorProto.FLOAT, ["rows", "width"]), make("keep", TensorProto.BOOL, ["rows", "width"])]
    nodes = [
        helper.make_node("Where", ["keep", "x", "zero"], ["kept"]),
        helper.make_node("MatMul", ["kept", "weights"], ["y"]),
    ]
    held = [
        numpy_helper.from_array(np.array([[1.5], [0.1]], np.float32), "weights"),
        numpy_helper.from_array(np.array(0.0, np.float32), "zero"),
    ]
    graph = helper.make_graph(nodes, "open", inputs, [make("y", TensorProto.FLOAT, ["rows", 1])], held)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "open.onnx")
    given = {"x": np.array([[1.0, 2.0]], np.float32), "keep": np.array([[True, False]])}
    (answer,) = onnxruntime.InferenceSession(str(folder / "open.onnx")).run(None, given)
    body = {"data": {"x": [[1.0, 2.0]], "keep": [[True, False]]}}
    write_record(
        "onnx_open",
        folder / "open.onnx",
        (body, answer.tolist()),
        framework="Onnx",
        sample=body["data"],
        refused=[
            ({"data": {"x": [[1.0, 2.0, 3.0]], "keep": [[True, False, True]]}}, "MatMul"),
            (
                {"data": {"x": [[1.0, 2.0]], "keep": [["false", "true"]]}},
                "'keep' takes true and false of the type bool",
            ),
        ],
    )


def tensorflow():
    import tensorflow as tf

    class Two(tf.Module):
        def __init__(self):
            self.weights = tf.Variable([[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]])

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
        def score(self, x):
            return {"y": tf.matmul(x, self.weights)}

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 3], tf.float32, name="x"),
                tf.TensorSpec([None], tf.string, name="word"),
            ]
        )
        def both(self, x, word):
            nothing = 0.0 * tf.cast(tf.strings.length(word), tf.float32)  # words and rows must be as many
            return {"sum": tf.reduce_sum(x, axis=1) + nothing, "word": tf.strings.join([word, "!"])}

    model = Two()
    tf.saved_model.save(model, str(folder / "two"), signatures={"serving_default": model.score, "both": model.both})
    rows = [[1.0, 2.0, 3.0], [0.1, 0.2, 0.3]]
    answer = model.score(tf.constant(rows))["y"].numpy().tolist()
    sums = model.both(tf.constant(rows), tf.constant(["a", "b"]))["sum"].numpy().tolist()
    by_row = [{"x": row, "word": word} for row, word in zip(rows, "ab", strict=True)]
    write_record(
        "tensorflow",
        folder / "two",
        ({"data": rows}, answer),
        ({"instances": rows}, {"predictions": answer}),
        ({"inputs": rows}, {"outputs": answer}),
        ({"inputs": {"x": rows}, "signature_name": "serving_default"}, {"outputs": answer}),
        (
            {"signature_name": "both", "inputs": {"x": rows, "word": ["a", "b"]}},
            {"outputs": {"sum": sums, "word": ["a!", "b!"]}},
        ),
        (
            {"signature_name": "both", "instances": by_row},
            {"predictions": [{"sum": total, "word": f"{word}!"} for total, word in zip(sums, "ab", strict=True)]},
        ),
        framework="TensorFlow",
        version=tf.__version__,
        width=3,
        refused=[
            ({"data": [[1.0, 2.0]]}, "The input 'x' takes the shape [None, 3], not [1, 2]."),
            ({"data": [[1.0, 2.0, 3.0], [1.0]]}, "The lists in 'x' differ in length."),
            ({"data": [["a", 2.0, 3.0]]}, "'x' takes numbers of the type float32, not \"a\"."),
            ({"signature_name": "both", "inputs": {"x": rows, "word": [1, 2]}}, "'word' takes texts"),
            ({"signature_name": "both", "inputs": {"x": rows, "word": [*"abc"]}}, "values: Incompatible shapes"),
        ],
    )


def keras():
    import keras as library
    import tensorflow as tf

    library.utils.set_random_seed(1)
    first = library.Input((4,), name="flower")
    second = library.Input((2,), name="place")
    joined = library.layers.Concatenate()([library.layers.Dense(3, activation="relu")(first), second])
    model = library.Model([first, second], library.layers.Dense(2, name="answer")(joined))
    model.save(folder / "two.keras")
    places = [[0.5, 1.0], [1.0, 1.5], [0.0, 0.0]]
    answer = model.predict({"flower": np.array(ROWS), "place": np.array(places)}, verbose=0).tolist()
    write_record(
        "keras",
        folder / "two.keras",
        ({"data": {"flower": ROWS, "place": places}}, answer),
        framework="TensorFlow",
        version=tf.__version__,
        refused=[({"data": {"flower": [["5.1", 3.5, 1.4, 0.2]], "place": places[:1]}}, "'flower' takes numbers")],
    )


def keras_h5():
    import keras as library

    library.utils.set_random_seed(2)
    model = library.Sequential([library.Input((4,)), library.layers.Dense(3, activation="softmax")])
    model.save(folder / "iris.h5")
    answer = model.predict(np.array(ROWS), verbose=0).tolist()
    write_record("keras_h5", folder / "iris.h5", ({"data": ROWS}, answer), width=4)


def torchscript():
    import torch

    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)).eval()
    torch.jit.script(model).save(str(folder / "net.pt"))
    with torch.inference_mode():
        answer = model(torch.tensor(ROWS)).tolist()
    write_record(
        "torchscript",
        folder / "net.pt",
        ({"data": ROWS}, answer),
        framework="PyTorch",
        version="2.13.0",
        width=4,
        refused=[
            ({"data": [[1.0]]}, "shapes cannot be multiplied"),
            ({"data": ROWS, "dtype": "int64"}, "takes whole numbers of the type int64, not 5.1."),
        ],
    )


def torchscript_arguments():
    """Several arguments, one of them with a default, a missing value, and several outputs of which one is a list."""
    import torch

    class Several(torch.nn.Module):
        def forward(self, rows: torch.Tensor, scale: torch.Tensor, known: bool = True):
            filled = torch.nan_to_num(rows, 7.0)
            return {"scaled": [filled * scale, filled], "known": [torch.tensor(known)]}

    torch.jit.script(Several()).save(str(folder / "several.pt"))
    answer = {"scaled": [[[3.0, 14.0]], [[1.5, 7.0]]], "known": [True]}
    write_record(
        "torchscript_arguments",
        folder / "several.pt",
        ({"data": {"rows": [[1.5, None]], "scale": [2.0]}}, answer),
        framework="PyTorch",
        version="2.13.0",
        sample=[[0.0]],
        refused=[
            ({"data": {"rows": [[1.5, 2.0]]}}, "A value for the argument 'scale' is missing."),
            ({"data": {"rows": [[1.5, 2.0]], "scale": ["2"]}}, "'scale' takes numbers of the type float32, not \"2\"."),
            ({"data": {"rows": [[1.5], [1.0, 2.0]], "scale": [2.0]}}, "The lists in 'rows' differ in length."),
            ({"data": [[1.5]], "dtype": "float31"}, "'float31' is not a type of tensors."),
        ],
    )


def mlflow():
    import mlflow as library
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    columns = ["a", "b", "c", "d"]
    inputs, labels = iris()
    frame = pd.DataFrame(inputs, columns=columns).assign(d=lambda rows: (rows["d"] * 10).astype("int32"))
    model = LinearRegression().fit(frame, labels)
    signature = library.models.infer_signature(frame, model.predict(frame))
    # Only what this flavour needs: MLflow would list all that this environment has.
    needs = [f"{name}=={metadata.version(name)}" for name in ("mlflow", "scikit-learn", "skops", "numpy", "pandas")]
    library.sklearn.save_model(
        model, str(folder / "logged"), signature=signature, input_example=frame.head(2), pip_requirements=needs
    )
    loaded = library.pyfunc.load_model(str(folder / "logged"))
    rows = [[*row[:3], int(row[3] * 10)] for row in ROWS]
    given = pd.DataFrame(rows, columns=columns).astype({"d": "int32"})
    answer = loaded.predict(given).tolist()
    write_record(
        "mlflow",
        folder / "logged",
        ({"data": rows}, answer),
        ({"data": [dict(zip(columns, row, strict=True)) for row in rows]}, answer),
        framework="ScikitLearn",
        width=4,
        refused=[
            ({"data": [[5.1, 3.5, 1.4, 0.2]]}, "'d' takes whole numbers of the type int32, not 0.2."),
            ({"data": [["5.1", 3.5, 1.4, 2]]}, "'a' takes numbers of the type float64"),
            (
                {"data": [dict(zip(columns, rows[0], strict=True)), {"a": 1.0, "b": 1.0, "c": 1.0}]},
                "Missing columns: d.",
            ),
            ({"data": [rows[0], rows[1][:3]]}, "A row has 4 values, for a, b, c, d, not 3."),
        ],
    )


for kind in sys.argv[2:]:
    (globals().get(kind) or getattr(make_boosters, kind))()
