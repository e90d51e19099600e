"""Valid picture files, and ways to damage them; `bench/damaged.py` reads the results."""
