"""Database backends for serving: a database that stalls holds up few threads, and none of them for long."""
