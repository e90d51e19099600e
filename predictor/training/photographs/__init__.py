"""Photographs of digits, made up from drawn ones: for judging the preprocessing, never imported by the web process."""
