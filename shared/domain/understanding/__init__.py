"""Plain language to filters, by the catalogue's own words and without a language model."""
