"""`HyperDriveConfig`: a script, its hyperparameters, and the metric that says which run is best."""

from __future__ import annotations

import copy
from typing import Any, Dict, Iterable, List, Optional

from azureml._scoredock.absent import refuse_arguments
from azureml.core.script_run_config import ScriptRunConfig
from azureml.exceptions import UserErrorException
from azureml.train.hyperdrive.policy import EarlyTerminationPolicy, NoTerminationPolicy
from azureml.train.hyperdrive.run import PrimaryMetricGoal
from azureml.train.hyperdrive.sampling import HyperParameterSampling

__all__ = ["HyperDriveConfig", "HyperDriveRunConfig"]
_MOST_MINUTES = 10080
_AGAIN = "Search from the beginning, in a smaller space."


class HyperDriveConfig:
    """A search of at most `max_total_runs` runs, which go one after the other on this machine, each to its end. Raises
    UserErrorException."""

    _refused_arguments = {
        "resume_from": _AGAIN,
        "resume_child_runs": _AGAIN,
        "pipeline": "Search over a script: run_config=ScriptRunConfig(...).",
    }

    def __init__(
        self,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal,
        max_total_runs: int,
        max_concurrent_runs: Optional[int] = None,
        max_duration_minutes: int = _MOST_MINUTES,
        policy: Optional[EarlyTerminationPolicy] = None,
        estimator: Optional[ScriptRunConfig] = None,
        run_config: Optional[ScriptRunConfig] = None,
        resume_from: Any = None,
        resume_child_runs: Any = None,
        pipeline: Any = None,
        debug_flag: Any = None,
    ) -> None:
        refuse_arguments(self, locals())
        script = run_config if run_config is not None else estimator
        if not isinstance(script, ScriptRunConfig):
            raise UserErrorException("Either estimator or run_config must be specified.")
        self._script = script
        self._is_estimator = run_config is None
        self._sampling = hyperparameter_sampling
        self._metric = primary_metric_name
        self._goal = PrimaryMetricGoal(primary_metric_goal).value.lower()
        self._most_runs = max_total_runs
        self._most_minutes = max_duration_minutes
        self._policy = policy

    def _notes(self) -> str:
        """Differences from Azure, in words."""
        line = f"Up to {self._most_runs} runs, one after the other on this machine."
        if self._policy is not None and not isinstance(self._policy, NoTerminationPolicy):
            line += f" {type(self._policy).__name__} ends none of them early."
        return f"{line} {self._sampling._note}".rstrip()

    def _with(self, values: Dict[str, Any]) -> ScriptRunConfig:
        """Configuration of one run: the hyperparameters as arguments behind its own, as in Azure."""
        config = copy.copy(self._script)
        named = {name if name.startswith("-") else f"--{name}": value for name, value in values.items()}
        config.arguments = [*self._own_arguments(named), *(word for pair in named.items() for word in pair)]
        return config

    def _own_arguments(self, named: Iterable[str]) -> List[Any]:
        """Arguments of the script; of an estimator without those of the same names."""
        if not self._is_estimator:
            return self._script.arguments
        bare = {name.lstrip("-") for name in named}
        own: List[Any] = []
        given = iter(self._script.arguments)
        for each in given:
            if isinstance(each, str) and each.startswith("-") and each.lstrip("-") in bare:
                next(given, None)
            else:
                own.append(each)
        return own


class HyperDriveRunConfig(HyperDriveConfig):
    """Configuration of a search under its older name, by the order of its arguments there."""

    def __init__(
        self,
        estimator: ScriptRunConfig,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal,
        max_total_runs: int,
        max_concurrent_runs: Optional[int] = None,
        max_duration_minutes: int = _MOST_MINUTES,
        policy: Optional[EarlyTerminationPolicy] = None,
    ) -> None:
        super().__init__(
            hyperparameter_sampling,
            primary_metric_name,
            primary_metric_goal,
            max_total_runs,
            max_concurrent_runs,
            max_duration_minutes,
            policy,
            estimator,
        )
