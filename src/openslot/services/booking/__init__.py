"""Taking time and giving it back: bookings, requests, holds, moves, cancellations."""
