"""Self-attention in plain operations, for tracing.

torch's own layer measures its input with Python numbers, which a trace keeps: the graph would only run at the
length it was traced at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@contextmanager
def plain_attention(model: "torch.nn.Module") -> Iterator[None]:
    """Within, every ``nn.MultiheadAttention`` of ``model`` computes the same in operations that trace at any length."""
    from torch import nn

    swapped = []
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.MultiheadAttention) and child.in_proj_weight is not None and child.batch_first:
                setattr(parent, name, _plain(child))
                swapped.append((parent, name, child))
    try:
        yield
    finally:
        for parent, name, child in swapped:
            setattr(parent, name, child)


def _plain(layer: Any) -> "torch.nn.Module":
    from torch import Tensor, nn

    class PlainAttention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, query: Tensor, key: Tensor, value: Tensor, **options: Any) -> tuple[Tensor, None]:
            mask = options.get("attn_mask")
            if query is not key or query is not value or options.get("key_padding_mask") is not None:
                attended: Tensor = layer(query, key, value, **{**options, "need_weights": False})[0]
                return attended, None
            batch, length, width = query.shape
            heads = (batch, length, 3, layer.num_heads, layer.head_dim)
            stacked = nn.functional.linear(query, layer.in_proj_weight, layer.in_proj_bias).reshape(heads)
            queries, keys, values = stacked.permute(2, 0, 3, 1, 4).unbind(0)
            scores = (queries * layer.head_dim**-0.5) @ keys.transpose(-2, -1)
            if mask is not None:
                scores = scores + mask
            joined = (scores.softmax(dim=-1) @ values).transpose(1, 2).reshape(batch, length, width)
            return layer.out_proj(joined), None

    return PlainAttention()
