"""How gunicorn reads requests, so that slow and silent clients hold up nobody."""
