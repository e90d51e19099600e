"""What stands in /metrics."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(samples: Samples, name: str, **labels: object) -> float:
    """The sum over all samples of this name that have these labels; 0 if there is none."""
    wanted = {(key, str(each)) for key, each in labels.items()}
    return sum(found for (given, has), found in samples.items() if given == name and wanted <= has)
