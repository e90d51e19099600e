"""Dates and times as people read them, in the site's time zone and the form that `mnistsite.formats` gives them.

Django's admin and templates give them the same form. What programs read has ISO 8601.
"""

import datetime as dt

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime


def minute(moment: dt.datetime) -> str:
    """Such as "27 Nov 2026, 14:05 UTC"."""
    return date_format(localtime(moment), "DATETIME_FORMAT")


def minute_element(moment: dt.datetime) -> SafeString:
    """The same as an element for a page, which tells programs the second."""
    return format_html('<time datetime="{}">{}</time>', localtime(moment).isoformat(timespec="seconds"), minute(moment))


def day_element(moment: dt.datetime) -> SafeString:
    """Such as "27 Nov 2026", as an element for a page."""
    day = localtime(moment).date()
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), date_format(day, "DATE_FORMAT"))
