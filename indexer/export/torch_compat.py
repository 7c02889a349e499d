"""Import this before transformers, sentence-transformers or open_clip.

All three import torchvision, and the package index pairs a CPU build of torch with a CUDA build of torchvision.
That build registers Python halves of two operators, ``nms`` and ``qnms``, whose C++ halves it then fails to load:
"operator torchvision::nms does not exist". Naming the two is enough, since nothing here calls them.
"""

import sys

_MISSING_OPERATORS = ("nms", "qnms")


def prepare_torchvision() -> None:
    """Make ``import torchvision`` work beside any build of torch; does nothing where it works by itself."""
    try:
        import torchvision
    except RuntimeError as problem:
        if "torchvision::nms" not in str(problem):
            raise
    else:
        return
    import torch

    for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[module]
    for operator in _MISSING_OPERATORS:
        torch.library.define(f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision  # noqa: F401
