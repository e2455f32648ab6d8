"""Languages, and dates, times and time zones as text. It knows nothing of pages."""
