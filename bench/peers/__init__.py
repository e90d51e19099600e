"""Servers to compare ours with: the smallest possible one for the same work, and what the ancestor did."""
