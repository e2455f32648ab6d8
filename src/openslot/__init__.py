"""Open scheduling that speaks Calendly: service, client and connector."""
