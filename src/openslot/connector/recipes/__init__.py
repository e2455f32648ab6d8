"""Flows in YAML: the format, its templates and conditions, and the effects of its actions.

``docs/flows.md`` describes the format.
"""

from openslot.connector.recipes.errors import RecipeError
from openslot.connector.recipes.recipe import Preview, Recipe, context_of, done_of, load

__all__ = ["Preview", "Recipe", "RecipeError", "context_of", "done_of", "load"]
