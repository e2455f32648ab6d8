"""The outside world behind protocols, each with a stand-in beside it."""
