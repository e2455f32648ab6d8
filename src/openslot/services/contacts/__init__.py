"""What a user knows of persons: contacts and their custom fields, lists of them, notes about them."""
