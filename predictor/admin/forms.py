"""The form in which reviewers enter a label."""

from typing import Any

from django import forms
from django.contrib.auth.models import User

from predictor.models import VALUES
from predictor.services.reviewing import labels

KEYS = "0–9, x for not a digit, u for unsure"
NOT_YOURS = "Only the reviewer who set this label can take it back."


class LabelForm(forms.ModelForm):
    """Reads a label for the history. The column itself is not written: it follows from the labels of all reviewers."""

    # A change is a change to what this reviewer saw, whatever the row holds by now, so the form carries what was shown.
    # A text field, because fifty menus take 0.1 s to render.
    label = forms.ChoiceField(
        choices=VALUES,
        required=False,
        show_hidden_initial=True,
        help_text=KEYS,
        error_messages={"invalid_choice": "Enter 0–9, x or u."},
        widget=forms.TextInput({"maxlength": 1, "pattern": "[0-9xu]", "title": KEYS, "aria-label": "label"}),
    )
    by: User
    said: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["label"] = labels.current_value(self.instance) or ""

    def clean(self) -> dict[str, Any]:
        self.said = self.cleaned_data.pop("label", None) or None
        takes_back = self.said is None and "label" in self.changed_data and not self.errors
        if takes_back and not labels.labelled_by(self.by, [self.instance.pk]):
            self.add_error("label", NOT_YOURS)
        return self.cleaned_data


def form_of(by: User) -> type[LabelForm]:
    """The form for a label by this reviewer."""
    return type("LabelForm", (LabelForm,), {"by": by})
