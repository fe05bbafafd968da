"""The signing secrets of webhook endpoints: derived when needed, never stored.

How a secret is derived and what it signs is `rules.signing`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from expressb2b_core.rules import signing
from expressb2b_core.runtime import Runtime

OLD_SECRET_SECONDS = 24 * 3600
"""How long the secret before a rotation keeps signing beside the new one."""


_derived = lru_cache(maxsize=4096)(signing.derive_secret)


def current_secret(runtime: Runtime, endpoint_id: str, version: int) -> str:
    """The newest secret of an endpoint, `whsec_` and base64; `version` counts its rotations."""
    return _derived(runtime.secret, endpoint_id, version)


def signing_secrets(
    runtime: Runtime, endpoint_id: str, version: int, old_until: int | None, now: int
) -> Sequence[str]:
    """The secrets that sign at `now`: the newest, and during a rotation the one before."""
    newest = current_secret(runtime, endpoint_id, version)
    if old_until is None or now >= old_until:
        return (newest,)
    return (newest, current_secret(runtime, endpoint_id, version - 1))
