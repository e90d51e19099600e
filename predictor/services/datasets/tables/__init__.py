"""Tables of text with one drawing per row: comma-separated values, and what other programs write by that name."""
