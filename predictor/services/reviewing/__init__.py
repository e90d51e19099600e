"""Labelling drawings: which one comes next and for whom, what its labels amount to, and which labels to check."""
