"""The JSON Schema of a plan file, for editors, generated from the models."""

import json
from typing import Any

from plan.model import Plan
from sources.registry import SOURCES, source_class


def plan_schema() -> dict[str, Any]:
    """The schema of the whole plan; ``sources`` are told apart by their ``type``."""
    schema = Plan.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    choices: dict[str, str] = {}
    for name in SOURCES:
        settings = source_class(name).Settings.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions.update(settings.pop("$defs", {}))
        definitions[f"{name}_source"] = settings
        choices[name] = f"#/$defs/{name}_source"
    one_of = {
        "oneOf": [{"$ref": reference} for reference in choices.values()],
        "discriminator": {"propertyName": "type", "mapping": choices},
    }
    sources = schema["properties"]["sources"]
    pattern = sources.pop("patternProperties", None)
    if pattern:
        sources["patternProperties"] = dict.fromkeys(pattern, one_of)
    else:
        sources["additionalProperties"] = one_of
    definitions.pop("SourceSettings", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "KM Indicators plan"}


def schema_text() -> str:
    """The schema as a file's text."""
    return json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"
