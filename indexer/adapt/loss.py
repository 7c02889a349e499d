"""The loss that small models learn by: open_clip's own, between pictures and captions and between views."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def captioned_views(model: Any, views: "torch.Tensor", tokens: "torch.Tensor", view_weight: float) -> "torch.Tensor":
    """The loss of ``views``, one of each picture and then another of each, and of a caption a picture.

    Telling views of one picture from those of others counts ``view_weight``: it teaches what captions leave out, and
    without it a photo is not found again by another photo of the same thing.
    """
    import torch
    from open_clip.loss import ClipLoss

    measure = ClipLoss()
    images = model.encode_image(views, normalize=True).float()
    texts = model.encode_text(tokens, normalize=True).float()
    scale = model.logit_scale.exp()
    one, other = images.chunk(2)
    captioned = (measure(one, texts, scale) + measure(other, texts, scale)) / 2
    loss: torch.Tensor = captioned + view_weight * measure(one, other, scale)
    return loss
