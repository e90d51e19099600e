"""The HTTP API: predictions, claims, the ancestor's two routes, health checks. A thin layer over the services."""
