"""``openslot doctor``: what is wrong, and how to fix it."""
