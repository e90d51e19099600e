"""The application: what the interfaces (views, admin, commands) call. Keyword-only, typed, silent about HTTP."""
