"""Demo data: a wholesaler of restaurant and hotel supplies, and a year of its orders.

    from expressb2b_server.demo import load_demo

It is made through the services, as a customer of the library would make it; the same clock gives
the same data. Which command or flag asks for it is the command line's and the server's matter.
"""

from expressb2b_server.demo.loading import DemoSummary, Progress, load_demo

__all__ = ["DemoSummary", "Progress", "load_demo"]
