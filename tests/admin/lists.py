"""The address of the list of submissions, and the forms that a browser sends to it."""

from django.urls import reverse

LIST = reverse("admin:predictor_submission_changelist")


def change_of(row):
    return reverse("admin:predictor_submission_change", args=[row.pk])


def form(rows, **extra):
    data = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for i, row in enumerate(rows):
        data |= {f"form-{i}-id": str(row.id), f"form-{i}-label": "" if row.label is None else row.label}
    return data | extra


def seen(rows, **extra):
    """The form as a browser sends it: with the labels that were shown, as hidden fields."""
    return form(
        rows, **{f"initial-form-{i}-label": "" if r.label is None else r.label for i, r in enumerate(rows)}, **extra
    )


def act(client, name, rows, query="", **more):
    data = {"action": name, "_selected_action": [row.pk for row in rows], **more}
    return client.post(LIST + query, data, follow=True)
