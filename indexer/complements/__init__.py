"""Complements: what goes with what, learnt from baskets and sessions, between kinds first and then between products."""

from indexer.complements.teach import teach_complements

__all__ = ["teach_complements"]
