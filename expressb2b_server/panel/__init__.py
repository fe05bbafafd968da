"""The panel for people, at `/admin`: pages made on the server, for any browser, without scripts.

It decides nothing: it calls the services that the interface calls, as the administrator who is
signed in, and shows what they answer. `application.create_panel` gives the WSGI callable.
"""
