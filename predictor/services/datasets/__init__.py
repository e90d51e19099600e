"""Labelled drawings as files, out of the database and into it: one module for each layout, `exports` and `imports`."""
