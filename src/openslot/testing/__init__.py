"""A Calendly to test against: the service in a process of its own, and sandboxes in it whose clocks a test moves.

With pytest, put ``pytest_plugins = ["openslot.testing.plugin"]`` into the ``conftest.py`` at the root of your tests.
The fixtures are ``openslot_service`` and ``openslot_sandbox``. Without pytest, use ``serving``. The service needs
``pip install 'openslot[testing]'``. ``docs/sandbox.md`` shows both.
"""

from openslot.testing.receiver import ReceivedWebhook, WebhookReceiver
from openslot.testing.sandbox import NewUser, Sandbox
from openslot.testing.service import Service, ServiceFailed, serving

__all__ = [
    "NewUser",
    "ReceivedWebhook",
    "Sandbox",
    "Service",
    "ServiceFailed",
    "WebhookReceiver",
    "serving",
]
