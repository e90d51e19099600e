"""The page on drift: what is different about a week's drawings."""
