"""How the champions classify a drawing, and why."""
