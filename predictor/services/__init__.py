"""The application, as the interfaces (API, page, admin, commands) call it: keyword-only, typed, unaware of HTTP."""
