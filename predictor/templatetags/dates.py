"""Dates in templates: `{{ moment|minute }}`."""

from django import template

from mnistsite.dates import minute_element

register = template.Library()
register.filter("minute", minute_element)
