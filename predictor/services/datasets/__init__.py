"""Exporting labelled drawings to files and importing them: one module for each layout, `exports` and `imports`."""
