"""TLS for commands: contexts made of the files that the user names."""

from __future__ import annotations

from pathlib import Path
from ssl import Purpose, SSLContext, create_default_context

import click

from schematic_engine.cli.unusable import Unusable

__all__ = ["PEM", "serving", "trusting"]

PEM = click.Path(exists=True, dir_okay=False, path_type=Path)
"""The type of options that name a file in PEM."""


def serving(certfile: Path | None, keyfile: Path | None) -> SSLContext | None:
    """A server's context; None without a certificate.

    Raises:
        UsageError: there is a key, and no certificate.
        Unusable: they cannot be used.
    """
    if certfile is None:
        if keyfile is not None:
            raise click.UsageError("--keyfile goes with --certfile")
        return None
    context = create_default_context(Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certfile, keyfile, password="")  # "": never ask for one
    except OSError as error:  # SSLError is one
        raise Unusable(f"cannot use {certfile}: {error.strerror or error}") from error
    return context


def trusting(authority: Path | None) -> SSLContext | None:
    """A client's context that trusts these certificates and no others; None for the system's.

    Raises:
        Unusable: they cannot be used.
    """
    if authority is None:
        return None
    try:
        return create_default_context(cafile=authority)
    except OSError as error:
        raise Unusable(f"cannot use {authority}: {error.strerror or error}") from error
