"""The list of submissions as it was posted: its rows go by id, whatever was drawn or deleted since it was shown."""

import re
import uuid
from collections.abc import Collection
from contextlib import suppress

from django.http import HttpResponse, QueryDict
from django.template.response import TemplateResponse

_field = re.compile(r"(?P<initial>initial-)?form-(?P<position>\d{1,6})-(?P<name>\w+)", re.ASCII).fullmatch


def ids(form: QueryDict) -> list[uuid.UUID]:
    """The ids of the rows; malformed ones are left to the form."""
    found = []
    for name in form:
        if (field := _field(name)) and field["name"] == "id" and not field["initial"]:
            with suppress(ValueError):
                found.append(uuid.UUID(str(form[name])))
    return found


def without(form: QueryDict, gone: Collection[uuid.UUID]) -> QueryDict:
    """The same without the rows of these ids, the others counted anew."""
    dropped = {field["position"] for name in form if (field := _field(name)) and _is_id(form, name, gone)}
    kept = sorted({field["position"] for name in form if (field := _field(name))} - dropped, key=int)
    places = {position: place for place, position in enumerate(kept)}
    left = QueryDict(mutable=True, encoding=form.encoding)
    for name, values in form.lists():
        field = _field(name)
        if field is None:
            left.setlist(name, values)
        elif field["position"] in places:
            place = places[field["position"]]
            left.setlist(f"{field['initial'] or ''}form-{place}-{field['name']}", values)
    for name in ("form-TOTAL_FORMS", "form-INITIAL_FORMS"):
        left[name] = str(len(kept))
    return left


def show_as_posted(response: HttpResponse) -> HttpResponse:
    """Put beside each posted form the row that it is about: Django takes the rows that the list would show now."""
    context = response.context_data if isinstance(response, TemplateResponse) else None
    cl = context.get("cl") if context else None
    if cl and cl.formset and cl.formset.is_bound:
        cl.formset.forms = [form for form in cl.formset.forms if not form.instance._state.adding]
        cl.result_list = [form.instance for form in cl.formset.forms]
    return response


def _is_id(form: QueryDict, name: str, gone: Collection[uuid.UUID]) -> bool:
    with suppress(ValueError):
        return name.startswith("form-") and name.endswith("-id") and uuid.UUID(str(form[name])) in gone
    return False
