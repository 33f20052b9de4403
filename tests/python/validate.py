"""Validates documents with an independent implementation of JSON Schema: validate.py SCHEMAS

SCHEMAS is a folder with a file NAME.schema.json for every format. Standard input has one JSON object a line: `schema`, a NAME, and
`document`. Prints `true` or `false` a line: whether the document is valid.
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

schemas = Path(sys.argv[1])
validators: dict[str, Draft202012Validator] = {}
for line in sys.stdin:
    pair = json.loads(line)
    name = pair["schema"]
    if name not in validators:
        schema = json.loads((schemas / f"{name}.schema.json").read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        validators[name] = Draft202012Validator(schema)
    print(json.dumps(validators[name].is_valid(pair["document"])))
