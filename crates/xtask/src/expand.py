"""Prints the template as CloudFormation gets to see it: after the SAM transform, as JSON.

The guard tests look at this, because SAM adds resources and policies of its own.
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samcli.yamlhelper import yaml_parse  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402

with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())

# The transform wants to see what `sam package` uploads.
for resource in template["Resources"].values():
    properties = resource.get("Properties", {})
    for name in ("CodeUri", "DefinitionUri"):
        if name in properties:
            properties[name] = "s3://packaged/" + properties[name]

expanded = Translator({}, Parser()).translate(template, {})
json.dump(expanded, sys.stdout, indent=2)
