"""Texts put together up to a size."""

from collections.abc import Iterable, Iterator


def by_size(texts: Iterable[str], most_bytes: int, most: int) -> Iterator[list[str]]:
    """In order, up to ``most`` a batch and ``most_bytes`` with a separator of one byte each; a longer one is alone."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode()) + 1
        if batch and (size + length > most_bytes or len(batch) == most):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch
