"""HTTP in and out; each view ends in one call of a service."""
