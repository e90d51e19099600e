"""Where all machines find the published versions, if it is not MODELS_DIR itself, which then is their checked copy."""
