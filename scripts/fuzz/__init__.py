"""Attacks on a service of its own, made from its OpenAPI document by schemathesis: ``make fuzz``.

What the document allows must be taken and what it forbids refused, every status and body be one that it names, and
nothing end in a fault of the service. ``rules`` lists what no schema can say; all else that is found fails the run.
"""
