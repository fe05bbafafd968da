"""Runs a WSGI application on waitress, hardened: deadlines, strict requests, a graceful stop.

It knows nothing of the application but how to refuse what never reaches it.
"""

from expressb2b_server.serving.address import CannotListen, PortTaken
from expressb2b_server.serving.server import Server, listen
from expressb2b_server.serving.settings import Serving
from expressb2b_server.serving.signals import stopping_on_signals

__all__ = ["CannotListen", "PortTaken", "Server", "Serving", "listen", "stopping_on_signals"]
