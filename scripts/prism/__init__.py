"""Holds the requests of the client against the contract: every operation, with every parameter and field that it has.

``samples`` makes them. ``python -m scripts.prism`` sends them to Prism, which mocks the contract (``make prism``); a
test looks at the same without it.
"""
