"""One ONNX graph that makes embeddings, run by ONNX Runtime on the CPU."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import EncoderUnavailable, MissingExtra
from shared.domain.spaces import Matrix


class OnnxGraph:
    """Opened at first use, so that a search function with a CLIP folder never loads the image tower it does not run.

    Safe to use from several threads.
    """

    def __init__(self, path: Path, dimensions: int, threads: int = 0) -> None:
        self._path = path
        self._dimensions = dimensions
        self._threads = threads
        self._lock = Lock()
        self._session: Any = None
        self._inputs: tuple[str, ...] = ()

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> Matrix:
        """The graph's first output for those of ``feeds`` it asks for: shape (n, dimensions), rows L2-normalised.

        Raises EncoderUnavailable where the graph cannot be opened or run, or answers in another shape.
        """
        session = self._open()
        try:
            (output,) = session.run(None, {name: feeds[name] for name in self._inputs})
        except Exception as problem:
            raise EncoderUnavailable(f"The encoder graph {self._path} failed ({_first_line(problem)}).") from problem
        if output.ndim != 2 or output.shape[1] != self._dimensions:
            raise EncoderUnavailable(
                f"The encoder graph {self._path} gives shape {output.shape}, not (n, {self._dimensions}): "
                "export the encoder again."
            )
        return unit_rows(output)

    def _open(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _session(self._path, self._threads)
                self._inputs = tuple(put.name for put in self._session.get_inputs())
            return self._session


def unit_rows(matrix: NDArray[Any]) -> Matrix:
    """The rows of ``matrix`` divided by their length; a row of zeros stays one."""
    rows = np.ascontiguousarray(matrix, dtype=np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = rows / np.maximum(length, np.float32(1e-12))
    return unit


def _session(path: Path, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as problem:
        raise MissingExtra("Encoding needs onnxruntime: install vitrine[encode].") from problem
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Batches differ in length, so plans of memory made for one shape would pile up.
    options.enable_mem_pattern = False
    # Idle threads that spin take the cores from decoding and from the rest of a function.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as problem:
        raise EncoderUnavailable(
            f"The encoder graph {path} cannot be opened ({_first_line(problem)}): export the encoder again."
        ) from problem


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0][:200]
