"""The behaviour model: which products speak for which others, learned from what users did one after the other."""

from indexer.behaviour.fit import Fitted, fit, fit_baskets
from indexer.behaviour.model import BehaviourModel
from indexer.behaviour.statistics import BasketSettings, BehaviourSettings

__all__ = ["BasketSettings", "BehaviourModel", "BehaviourSettings", "Fitted", "fit", "fit_baskets"]
