"""What reviewers fill in."""

from typing import Any

from django import forms
from django.contrib.auth.models import User

from predictor.models import VALUES
from predictor.services import labels

KEYS = "0 to 9, x: not a digit, u: unsure"
NOT_YOURS = "You did not label it: only who did takes it back."


class LabelForm(forms.ModelForm):
    """Takes what a reviewer says for the history. The column is not written: it follows from what all say."""

    # What changed is told from what this reviewer saw, not from the row now. Typed: fifty menus take 0.1 s to render.
    label = forms.ChoiceField(
        choices=VALUES,
        required=False,
        show_hidden_initial=True,
        help_text=KEYS,
        widget=forms.TextInput({"maxlength": 1, "pattern": "[0-9xu]", "title": KEYS}),
    )
    by: User
    said: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["label"] = labels.current(self.instance) or ""

    def clean(self) -> dict[str, Any]:
        self.said = self.cleaned_data.pop("label", None) or None
        takes_back = self.said is None and "label" in self.changed_data and not self.errors
        if takes_back and not labels.labelled_by(self.by, [self.instance.pk]):
            self.add_error("label", NOT_YOURS)
        return self.cleaned_data


def form_of(by: User) -> type[LabelForm]:
    """The form for what this reviewer says."""
    return type("LabelForm", (LabelForm,), {"by": by})
