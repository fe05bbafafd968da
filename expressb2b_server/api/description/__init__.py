"""The OpenAPI 3.1 document: made of the route table, the inputs, and the shapes of answers."""
