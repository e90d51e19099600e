"""Versions in the shadow: asked about what the champions answered, to compare them; no visitor sees what they say."""
