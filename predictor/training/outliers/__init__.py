"""Outliers: drawings that are not digits, such as shapes, letters and scribbles."""
