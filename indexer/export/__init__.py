"""Models of sentence-transformers and open_clip to encoder folders: the only room that needs torch."""
