"""The connector as an HTTP service, in front of Calendly or OpenSlot: the operations of the Power Platform definition.

A call goes on to the API with its caller's token, and the API's answer goes back as it is. The gateway adds
what the public connector adds, the organization, and keeps the platform's limit of calls. What it remembers of a token
is kept under a digest of it; nothing else is kept, so that several gateways may share an address.
"""

from openslot.connector.gateway.app import Gateway

__all__ = ["Gateway"]
