"""The REST interface under `/api`: one file per resource, and what stands once around all."""
