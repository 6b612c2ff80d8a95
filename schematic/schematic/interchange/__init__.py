"""Descriptions as documents: plain data, JSON Schema, AsyncAPI and OpenAPI.

Import what is needed from its modules: nothing is imported here, since modules that only read a
description back should not pay for the rest.

``description``
    An endpoint or an API as JSON values, and back, without loss.
``json_schema``
    The bodies of messages as JSON Schema.
``asyncapi``, ``openapi``
    Documents for the tools of others.
``asyncapi_reader``
    AsyncAPI documents of others, as the source of a definition.
"""

__all__: list[str] = []
