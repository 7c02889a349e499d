"""CLIP's text tower as a module that can be traced."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class TextTower:
    """A text tower that can be traced, and what its texts may look like."""

    def __init__(self, model: Any) -> None:
        import open_clip

        tower = getattr(model, "text", model)
        causal = getattr(tower, "attn_mask", None) is not None and getattr(tower, "cls_emb", None) is None
        pool = getattr(tower, "text_pool_type", getattr(tower, "pool_type", ""))
        end = getattr(tower, "text_eos_id", getattr(tower, "eos_id", None))
        # Behind a causal mask nothing after the end of a text changes the vector taken at its end, so the padding
        # can go: a query of six words costs a tenth of one padded to 77 tokens.
        self.may_be_short = causal and pool in ("argmax", "eos")
        self.module = self._short(open_clip, tower, pool, end) if self.may_be_short else self._whole(model)

    @staticmethod
    def _short(open_clip: Any, tower: Any, pool: str, end: int | None) -> "torch.nn.Module":
        from torch import Tensor, nn

        class ShortText(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.tower = tower

            def forward(self, input_ids: Tensor) -> Tensor:
                length = input_ids.shape[1]
                states = tower.token_embedding(input_ids) + tower.positional_embedding[:length]
                states = tower.ln_final(tower.transformer(states, attn_mask=tower.attn_mask[:length, :length]))
                pooled: Tensor = open_clip.transformer.text_global_pool(states, input_ids, pool, eos_token_id=end)
                projection = tower.text_projection
                if projection is None:
                    return pooled
                projected: Tensor = projection(pooled) if isinstance(projection, nn.Linear) else pooled @ projection
                return projected

        return ShortText()

    @staticmethod
    def _whole(model: Any) -> "torch.nn.Module":
        from torch import Tensor, nn

        class WholeText(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, input_ids: Tensor) -> Tensor:
                embeddings: Tensor = self.model.encode_text(input_ids)
                return embeddings

        return WholeText()
