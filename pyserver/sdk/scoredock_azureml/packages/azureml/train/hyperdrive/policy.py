"""Policies by which a search would end runs early; here each runs to its end, and the policy is named when a search
begins.
"""

from __future__ import annotations

from typing import Optional

from azureml.exceptions import UserErrorException

__all__ = [
    "BanditPolicy",
    "EarlyTerminationPolicy",
    "MedianStoppingPolicy",
    "NoTerminationPolicy",
    "TruncationSelectionPolicy",
]


class EarlyTerminationPolicy:
    """Base of the policies that end runs early."""

    def __init__(self, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        self.evaluation_interval = evaluation_interval
        self.delay_evaluation = delay_evaluation


class NoTerminationPolicy(EarlyTerminationPolicy):
    """Policy by which each run ends by itself."""

    def __init__(self) -> None:
        super().__init__()


class BanditPolicy(EarlyTerminationPolicy):
    """Policy that ends runs which are behind the best one by more than a factor or an amount. Raises
    UserErrorException.
    """

    def __init__(
        self,
        evaluation_interval: int = 1,
        slack_factor: Optional[float] = None,
        slack_amount: Optional[float] = None,
        delay_evaluation: int = 0,
    ) -> None:
        super().__init__(evaluation_interval, delay_evaluation)
        if (slack_factor is None) == (slack_amount is None):
            raise UserErrorException("Exactly one of slack_factor and slack_amount must be specified.")
        self.slack_factor = slack_factor
        self.slack_amount = slack_amount


class MedianStoppingPolicy(EarlyTerminationPolicy):
    """Policy that ends runs which are worse than the median."""


class TruncationSelectionPolicy(EarlyTerminationPolicy):
    """The worst share of them."""

    def __init__(
        self,
        truncation_percentage: int,
        evaluation_interval: int = 1,
        delay_evaluation: int = 0,
        exclude_finished_jobs: bool = False,
    ) -> None:
        super().__init__(evaluation_interval, delay_evaluation)
        self.truncation_percentage = truncation_percentage
