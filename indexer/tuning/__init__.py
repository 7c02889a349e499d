"""Tuning: how tastes fade and what each space counts, chosen on held-out events of the shop itself."""

from indexer.tuning.cases import HeldOut, held_out
from indexer.tuning.choose import Chosen, choose

__all__ = ["Chosen", "HeldOut", "choose", "held_out"]
