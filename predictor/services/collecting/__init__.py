"""Collecting drawings: storing, claiming, deleting and counting them, and asking visitors for rare digits."""
