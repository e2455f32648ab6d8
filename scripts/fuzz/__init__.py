"""Fuzzes a service of its own with requests that schemathesis makes from its OpenAPI document: ``make fuzz``.

The service must accept what the document allows and refuse what it forbids, answer only with statuses and bodies of
the document, and never fail with a 500. ``rules`` lists what no schema can express; any other finding fails the run.
"""
