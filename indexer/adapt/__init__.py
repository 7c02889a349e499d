"""Train or fine-tune an open_clip model on a shop's own titles and photos."""
