"""Drift: what is different about a week's drawings, and whether the champions are still right."""
