"""The connector for agents: tools as data, and a server of the Model Context Protocol that runs them.

Nothing is imported here: ``server`` needs the protocol's SDK, which the base install does not have.
"""
