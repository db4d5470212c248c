"""Names and modules that packages dropped: the first release without each, and what took its place."""

from __future__ import annotations

from scoredock.checks.packages.releases import Releases
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class RemovedApi:
    """Name that a package dropped, and its replacement."""

    package: str
    releases: Releases
    """Those without it."""
    instead: str = ""
    """What to use now, for the message."""
    new: str = ""
    """What may be written in its place as it is; empty where more has to change."""


# One line for each release: package, first release without the names (and the one that has them again), then the names.
# `old > new` where something took its place: `.x` is another name of the same module, `~` marks words for people only.
_NAMES = """
numpy 1.24: numpy.int > int; numpy.float > float; numpy.object > object; numpy.str > str; numpy.complex > complex; numpy.unicode > str
numpy 1.24-2.0: numpy.bool > bool; numpy.long > int
numpy 1.21: numpy.typeDict > .sctypeDict; numpy.sctypeNA
numpy 1.22: numpy.loads > ~pickle.loads; numpy.ndfromtxt > ~numpy.genfromtxt; numpy.mafromtxt > ~numpy.genfromtxt
numpy 1.23: numpy.asscalar > ~array.item()
numpy 2.0: numpy.float_ > .float64; numpy.complex_ > .complex128; numpy.NaN > .nan; numpy.NAN > .nan; numpy.Inf > .inf; numpy.PINF > .inf; numpy.infty > .inf; numpy.Infinity > .inf; numpy.unicode_ > .str_; numpy.string_ > .bytes_; numpy.product > .prod; numpy.cumproduct > .cumprod; numpy.sometrue > .any; numpy.alltrue > .all; numpy.mat > .asmatrix; numpy.NINF > ~-numpy.inf; numpy.cast; numpy.find_common_type > ~numpy.result_type; numpy.issubclass_ > issubclass; numpy.asfarray > ~numpy.asarray; numpy.source; numpy.lookfor; numpy.who; numpy.obj2sctype; numpy.maximum_sctype; numpy.recfromcsv > ~numpy.genfromtxt; numpy.recfromtxt > ~numpy.genfromtxt; numpy.safe_eval > ~ast.literal_eval; numpy.byte_bounds; numpy.compare_chararrays; numpy.deprecate
numpy 2.4: numpy.in1d > .isin; numpy.trapz > .trapezoid
pandas 0.25: pandas.Panel; pandas.TimeGrouper > .Grouper
pandas 1.0: pandas.read_msgpack; pandas.scatter_matrix > .plotting.scatter_matrix
pandas 2.0: pandas.np > ~numpy; pandas.datetime > ~datetime.datetime; pandas.Int64Index > .Index; pandas.Float64Index > .Index; pandas.UInt64Index > .Index
scipy 1.3: scipy.misc.imread > ~imageio.imread; scipy.misc.imsave > ~imageio.imwrite; scipy.misc.imresize > ~PIL.Image.resize; scipy.misc.imrotate; scipy.misc.imshow; scipy.misc.logsumexp > ~scipy.special.logsumexp; scipy.misc.comb > ~scipy.special.comb; scipy.misc.factorial > ~scipy.special.factorial
scipy 1.12: scipy.stats.binom_test > ~scipy.stats.binomtest
scipy 1.14: scipy.integrate.simps > .simpson; scipy.integrate.trapz > .trapezoid; scipy.integrate.cumtrapz > .cumulative_trapezoid
scikit-learn 0.22: sklearn.preprocessing.Imputer > ~sklearn.impute.SimpleImputer
scikit-learn 0.23: sklearn.metrics.calinski_harabaz_score > .calinski_harabasz_score; sklearn.metrics.jaccard_similarity_score > .jaccard_score
scikit-learn 1.2: sklearn.datasets.load_boston > ~sklearn.datasets.fetch_california_housing; sklearn.metrics.plot_confusion_matrix > ~sklearn.metrics.ConfusionMatrixDisplay; sklearn.metrics.plot_roc_curve > ~sklearn.metrics.RocCurveDisplay; sklearn.metrics.plot_precision_recall_curve > ~sklearn.metrics.PrecisionRecallDisplay
tensorflow 2.0: tensorflow.Session > .compat.v1.Session; tensorflow.InteractiveSession > .compat.v1.InteractiveSession; tensorflow.placeholder > .compat.v1.placeholder; tensorflow.get_default_graph > .compat.v1.get_default_graph; tensorflow.reset_default_graph > .compat.v1.reset_default_graph; tensorflow.global_variables_initializer > .compat.v1.global_variables_initializer; tensorflow.local_variables_initializer > .compat.v1.local_variables_initializer; tensorflow.ConfigProto > .compat.v1.ConfigProto; tensorflow.GPUOptions > .compat.v1.GPUOptions; tensorflow.GraphDef > .compat.v1.GraphDef; tensorflow.gfile > .compat.v1.gfile; tensorflow.train.Saver > ~tf.compat.v1.train.Saver; tensorflow.train.import_meta_graph > ~tf.compat.v1.train.import_meta_graph; tensorflow.variable_scope > .compat.v1.variable_scope; tensorflow.get_variable > .compat.v1.get_variable; tensorflow.import_graph_def > ~tf.graph_util.import_graph_def; tensorflow.set_random_seed > .random.set_seed; tensorflow.trainable_variables > .compat.v1.trainable_variables; tensorflow.truncated_normal > .random.truncated_normal; tensorflow.to_float > ~tf.cast; tensorflow.logging > .compat.v1.logging; tensorflow.app > .compat.v1.app; tensorflow.flags > .compat.v1.flags; tensorflow.layers > .compat.v1.layers; tensorflow.contrib; tensorflow.saved_model.loader > ~tf.saved_model.load; tensorflow.log > .math.log; tensorflow.ceil > .math.ceil
pillow 10.0: PIL.Image.ANTIALIAS > .LANCZOS; PIL.Image.LINEAR > .BILINEAR; PIL.Image.CUBIC > .BICUBIC
scikit-image 0.18: skimage.measure.compare_ssim > ~skimage.metrics.structural_similarity; skimage.measure.compare_mse > ~skimage.metrics.mean_squared_error; skimage.measure.compare_psnr > ~skimage.metrics.peak_signal_noise_ratio
networkx 3.0: networkx.from_numpy_matrix > .from_numpy_array; networkx.to_numpy_matrix > .to_numpy_array; networkx.info
datasets 3.0: datasets.load_metric > ~evaluate.load; datasets.list_metrics > ~evaluate.list_evaluation_modules; datasets.inspect_metric > ~evaluate.inspect_evaluation_module
flask 3.0: flask.Markup > ~markupsafe.Markup; flask.escape > ~markupsafe.escape
werkzeug 1.0: werkzeug.secure_filename > ~werkzeug.utils.secure_filename
werkzeug 3.0: werkzeug.urls.url_quote > ~urllib.parse.quote; werkzeug.urls.url_encode > ~urllib.parse.urlencode; werkzeug.urls.url_decode > ~urllib.parse.parse_qs
lightgbm 4.0: lightgbm.print_evaluation > .log_evaluation
jinja2 3.1: jinja2.Markup > ~markupsafe.Markup; jinja2.escape > ~markupsafe.escape
"""  # noqa: E501 (a text that would change if it were wrapped)
_MODULES = """
scikit-learn 0.20: sklearn.cross_validation > sklearn.model_selection; sklearn.grid_search > sklearn.model_selection; sklearn.learning_curve > sklearn.model_selection; sklearn.lda > ~sklearn.discriminant_analysis; sklearn.qda > ~sklearn.discriminant_analysis
scikit-learn 0.24: sklearn.ensemble.forest > sklearn.ensemble; sklearn.ensemble.gradient_boosting > sklearn.ensemble; sklearn.ensemble.bagging > sklearn.ensemble; sklearn.ensemble.weight_boosting > sklearn.ensemble; sklearn.tree.tree > sklearn.tree; sklearn.svm.classes > sklearn.svm; sklearn.linear_model.logistic > sklearn.linear_model; sklearn.linear_model.base > sklearn.linear_model; sklearn.linear_model.ridge > sklearn.linear_model; sklearn.linear_model.stochastic_gradient > sklearn.linear_model; sklearn.linear_model.coordinate_descent > sklearn.linear_model; sklearn.preprocessing.data > sklearn.preprocessing; sklearn.preprocessing.label > sklearn.preprocessing; sklearn.preprocessing.imputation > ~sklearn.impute; sklearn.neighbors.classification > sklearn.neighbors; sklearn.neighbors.kde > sklearn.neighbors; sklearn.neural_network.multilayer_perceptron > sklearn.neural_network; sklearn.cluster.k_means_ > sklearn.cluster; sklearn.cluster.dbscan_ > sklearn.cluster; sklearn.decomposition.pca > sklearn.decomposition; sklearn.metrics.scorer > sklearn.metrics; sklearn.metrics.classification > sklearn.metrics; sklearn.metrics.ranking > sklearn.metrics; sklearn.metrics.regression > sklearn.metrics; sklearn.feature_extraction.stop_words > ~sklearn.feature_extraction.text.ENGLISH_STOP_WORDS; sklearn.utils.testing > ~sklearn.utils._testing
tensorflow 2.0: tensorflow.contrib; tensorflow.examples; tensorflow.app; tensorflow.flags; tensorflow.gfile
keras 3.0: keras.utils.np_utils > ~keras.utils; keras.wrappers.scikit_learn > ~scikeras.wrappers; keras.backend.tensorflow_backend > ~keras.backend; keras.layers.core > keras.layers; keras.layers.normalization > keras.layers; keras.layers.convolutional > keras.layers; keras.layers.recurrent > keras.layers; keras.layers.embeddings > keras.layers; keras.layers.merge > keras.layers; keras.layers.wrappers > keras.layers; keras.layers.advanced_activations > keras.layers; keras.engine
pandas 1.0: pandas.tools; pandas.tslib; pandas.formats; pandas.json; pandas.parser; pandas.lib
pandas 2.0: pandas.util.testing > ~pandas.testing
torchtext 0.12: torchtext.legacy
gensim 4.0: gensim.summarization
"""  # noqa: E501 (a text that would change if it were wrapped)
_METHODS = """
pandas 1.0: pandas.DataFrame.ix > ~DataFrame.loc; pandas.DataFrame.as_matrix > ~DataFrame.to_numpy
pandas 2.0: pandas.DataFrame.append > ~pandas.concat; pandas.DataFrame.iteritems > ~DataFrame.items
"""
_ARGUMENTS = """
scikit-learn 1.0: sklearn.cluster.KMeans(n_jobs); sklearn.cluster.KMeans(precompute_distances); sklearn.ensemble.RandomForestClassifier(min_impurity_split) > ~min_impurity_decrease; sklearn.ensemble.RandomForestRegressor(min_impurity_split) > ~min_impurity_decrease; sklearn.ensemble.GradientBoostingClassifier(min_impurity_split) > ~min_impurity_decrease; sklearn.ensemble.GradientBoostingRegressor(min_impurity_split) > ~min_impurity_decrease; sklearn.tree.DecisionTreeClassifier(min_impurity_split) > ~min_impurity_decrease; sklearn.tree.DecisionTreeRegressor(min_impurity_split) > ~min_impurity_decrease
scikit-learn 1.2: sklearn.linear_model.LinearRegression(normalize); sklearn.linear_model.Ridge(normalize); sklearn.linear_model.Lasso(normalize); sklearn.linear_model.ElasticNet(normalize); sklearn.linear_model.RidgeCV(normalize); sklearn.linear_model.LassoCV(normalize); sklearn.linear_model.ElasticNetCV(normalize)
scikit-learn 1.4: sklearn.preprocessing.OneHotEncoder(sparse) > sparse_output; sklearn.ensemble.AdaBoostClassifier(base_estimator) > estimator; sklearn.ensemble.AdaBoostRegressor(base_estimator) > estimator; sklearn.ensemble.BaggingClassifier(base_estimator) > estimator; sklearn.ensemble.BaggingRegressor(base_estimator) > estimator; sklearn.calibration.CalibratedClassifierCV(base_estimator) > estimator; sklearn.cluster.AgglomerativeClustering(affinity) > metric
scikit-learn 1.6: sklearn.metrics.mean_squared_error(squared) > ~root_mean_squared_error(); sklearn.metrics.mean_squared_log_error(squared) > ~root_mean_squared_log_error()
pandas 1.0: pandas.concat(join_axes) > ~reindex()
lightgbm 4.0: lightgbm.train(early_stopping_rounds) > ~callbacks=[lightgbm.early_stopping()]; lightgbm.train(verbose_eval) > ~callbacks=[lightgbm.log_evaluation()]; lightgbm.train(evals_result) > ~callbacks=[lightgbm.record_evaluation()]; lightgbm.train(learning_rates) > ~callbacks=[lightgbm.reset_parameter()]; lightgbm.train(fobj) > ~params["objective"]; lightgbm.cv(early_stopping_rounds) > ~callbacks=[lightgbm.early_stopping()]; lightgbm.cv(verbose_eval) > ~callbacks=[lightgbm.log_evaluation()]; lightgbm.cv(fobj) > ~params["objective"]; lightgbm.cv(show_stdv)
pandas 2.0: pandas.read_csv(error_bad_lines) > ~on_bad_lines; pandas.read_csv(warn_bad_lines) > ~on_bad_lines; pandas.read_csv(squeeze) > ~squeeze(); pandas.read_csv(prefix); pandas.read_csv(mangle_dupe_cols); pandas.read_excel(squeeze) > ~squeeze(); pandas.date_range(closed) > ~inclusive
"""  # noqa: E501 (the same)


def _table(text: str) -> dict[str, RemovedApi]:
    apis: dict[str, RemovedApi] = {}
    for line in text.strip().splitlines():
        head, _, rows = line.partition(":")
        package, _, versions = head.partition(" ")
        since, _, until = versions.partition("-")
        for row in rows.split(";"):
            old, _, new = (part.strip() for part in row.partition(">"))
            instead = new.removeprefix("~")
            module = old.rpartition(".")[0]
            shown = f"{module}{instead}" if instead.startswith(".") else instead
            apis[old] = RemovedApi(package, Releases(since, until), shown, "" if new.startswith("~") else new)
    return apis


NAMES = _table(_NAMES)
"""Dotted name → what became of it."""
MODULES = _table(_MODULES)
"""Dotted module, everything below it included → what became of it."""
METHODS = _table(_METHODS)
"""Class and method → what became of it."""
ARGUMENTS = _table(_ARGUMENTS)
"""Dotted function and name of an argument of it → what became of it."""
LAST_PARTS = frozenset(name.rpartition(".")[2] for name in NAMES)
"""To look closer at few attributes only."""


def removal_of(name: str) -> RemovedApi | None:
    """Removal of a name, method, module or argument; None for one that is there."""
    return NAMES.get(name) or METHODS.get(name) or MODULES.get(name) or ARGUMENTS.get(name)
