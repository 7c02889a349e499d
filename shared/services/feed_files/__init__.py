"""Files as shops write them: from bytes to records, from cells to values; for feeds and for lists of offers."""
