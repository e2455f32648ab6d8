"""What HTML pages are made of: a page in the reader's language, fields and forms, errors, styles, security headers.

It knows no visitor, host or booking: the public pages stand on it, and so can any others of the service.
"""
