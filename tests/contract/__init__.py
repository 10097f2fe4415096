"""The official OpenAPI document, and every request and response held to it."""
