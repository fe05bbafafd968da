"""Express B2B over HTTP: the REST interface, the panel, and the delivery of webhooks."""
