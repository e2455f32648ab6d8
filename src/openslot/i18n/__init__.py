"""Languages, dates and time zones as people read them. Knows no page: it turns values into text."""
