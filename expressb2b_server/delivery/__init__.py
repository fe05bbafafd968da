"""Delivers webhooks: the pool of threads, and the only outgoing network code."""

from expressb2b_server.delivery.pool import DeliveryPool
from expressb2b_server.delivery.sender import Outcome, OutgoingRequest, Sender

__all__ = ["DeliveryPool", "Outcome", "OutgoingRequest", "Sender"]
