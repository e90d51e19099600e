"""The review desk inside the admin: the queue and the grid in which people label drawings."""
