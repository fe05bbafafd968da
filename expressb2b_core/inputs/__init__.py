"""What callers may hand in, each declared once.

A declaration is a `TypedDict` whose fields carry their constraints. It types the keyword
arguments of the library, checks a JSON body or a query string, and yields the JSON Schema of the
interface's description. All field errors are reported together.
"""
