"""OAuth 2.1: applications, what members allow them, and the tokens. Source: behaviours, section 4; ADR 0040."""
