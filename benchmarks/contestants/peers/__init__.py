"""The same shop on SQLAlchemy, as two programs that users might write instead: FastAPI, Flask.

They share tables and rules; what differs is the framework around them.
"""
