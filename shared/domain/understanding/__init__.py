"""What a shopper asks for in plain language: filters, and words to rank by."""
