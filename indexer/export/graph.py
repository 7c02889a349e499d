"""From a torch module to an ONNX file, and from files to an encoder folder."""

import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shared.adapters.encoder_folder import IMAGE_GRAPH, MANIFEST
from shared.domain.errors import EncoderUnavailable, InvalidInput
from shared.domain.spaces import Matrix

if TYPE_CHECKING:
    import torch

OPSET = 17
AGREEMENT = 0.999
"""Least cosine between an original's vector and its float export's."""


def write_graph(
    module: "torch.nn.Module", inputs: Mapping[str, "torch.Tensor"], free_axes: Sequence[str], path: Path
) -> None:
    """Trace ``module`` over ``inputs`` into ``path``; the first ``len(free_axes)`` axes of every input are free.

    The TorchScript exporter is used on purpose: it needs no further package, folds batch norms into convolutions,
    and what it traces of these models runs at any batch size and length. Raises EncoderUnavailable where it cannot.
    """
    import torch

    axes = dict(enumerate(free_axes))
    # The fused attention of torch's own encoder layers has no ONNX form.
    torch.backends.mha.set_fastpath_enabled(False)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                module.eval(),
                tuple(inputs.values()),
                str(path),
                input_names=list(inputs),
                output_names=["embeddings"],
                dynamic_axes={**dict.fromkeys(inputs, axes), "embeddings": {0: free_axes[0]}},
                opset_version=OPSET,
                dynamo=False,
            )
        except RuntimeError as problem:
            reason = str(problem).strip().partition("\n")[0][:200]
            raise EncoderUnavailable(f"This model cannot be written as an ONNX graph ({reason}).") from problem


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A folder to write an encoder into; its files move to ``target`` at the end, the manifest last.

    A failed export leaves ``target`` as it was. Other files there, such as a model card, stay.
    """
    require_place(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as made:
        folder = Path(made)
        yield folder
        target.mkdir(exist_ok=True)
        if not (folder / IMAGE_GRAPH).exists():
            (target / IMAGE_GRAPH).unlink(missing_ok=True)
        for name in sorted((file.name for file in folder.iterdir()), key=lambda name: name == MANIFEST):
            (folder / name).replace(target / name)
            (target / name).chmod(0o644)


def require_place(target: Path) -> None:
    """Raise InvalidInput where ``target`` is no place for an encoder: a file, or a folder of other things."""
    if target.exists() and not target.is_dir():
        raise InvalidInput(f"{target} is a file: give a folder to write the encoder to.")
    if target.is_dir() and not (target / MANIFEST).exists() and any(file.suffix != ".md" for file in target.iterdir()):
        raise InvalidInput(f"The folder {target} holds other things than an encoder: give a new one.")


def require_agreement(original: Matrix, exported: Matrix, least: float, what: str) -> None:
    """Raise EncoderUnavailable where any row of ``exported`` is less than ``least`` in cosine to ``original``'s."""
    lowest = float(np.sum(original * exported, axis=1).min())
    if not lowest >= least:
        raise EncoderUnavailable(
            f"The exported {what} agrees with the original only to cosine {lowest:.4f}, not {least}."
        )


def made_with(*packages: str) -> dict[str, str]:
    """The versions of ``packages``, those that are installed."""
    versions = {}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
