"""What the site counts for Prometheus, and how several worker processes count together."""
