"""The behaviour model: which products speak for which others, learned from what users did one after the other."""

from indexer.behaviour.fit import Fitted, fit
from indexer.behaviour.model import BehaviourModel
from indexer.behaviour.statistics import BehaviourSettings

__all__ = ["BehaviourModel", "BehaviourSettings", "Fitted", "fit"]
