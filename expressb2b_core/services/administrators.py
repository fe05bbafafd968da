"""The people who sign in to the panel: made, changed, disabled. They belong to no workspace.

Whether a password is right is `sign_in`'s to say, who is signed in `admin_sessions`'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar, Unpack

from expressb2b_core.errors import AlreadyExists, Conflict, FieldError, NotFound, ValidationFailed
from expressb2b_core.inputs.administrators import AdministratorChange, AdministratorInput
from expressb2b_core.inputs.constraints import is_storable
from expressb2b_core.inputs.moments import optional_text, text
from expressb2b_core.inputs.records import checked
from expressb2b_core.rules import passwords
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import admin_sessions, audit
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.scope import LIBRARY, Actor
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Duplicate
from expressb2b_core.storage.statements import Statement, all_values_from, param, values_from

A = tables.Administrator
T = TypeVar("T")


class Administrator(Document):
    """A person; `state` is `active`, `invited` (no password yet) or `disabled`."""

    __slots__ = ()

    id: str
    name: str
    email: str
    role: str
    state: str
    created_at: str
    disabled_at: str | None
    last_sign_in_at: str | None

    @property
    def actor(self) -> Actor:
        """Who stands in histories for what this person does."""
        return Actor("admin", self.id, self.name)


class AdministratorState(NamedTuple):
    """An administrator as stored; `password` is what `rules.passwords` keeps of it."""

    id: str
    name: str
    email: str
    role: str
    password: str | None
    created_at: int
    disabled_at: int | None
    last_sign_in_at: int | None

    @property
    def document(self) -> Administrator:
        """The same as others may see it."""
        state = "active" if self.password is not None else "invited"
        return Administrator(
            encode(
                {
                    "id": self.id,
                    "name": self.name,
                    "email": self.email,
                    "role": self.role,
                    "state": state if self.disabled_at is None else "disabled",
                    "created_at": text(self.created_at),
                    "disabled_at": optional_text(self.disabled_at),
                    "last_sign_in_at": optional_text(self.last_sign_in_at),
                }
            )
        )


_COLUMNS = tuple(getattr(A, name) for name in AdministratorState._fields)

_all = Statement(lambda: A.select(*_COLUMNS).order_by(A.id))
# All of them, so that no two changes at once leave nobody in charge.
_hold = Statement(lambda: A.select(A.id).order_by(A.id), locking=True)
_called = Statement(
    lambda: A.select(*_COLUMNS).where((A.id == param("reference")) | (A.email == param("folded")))
)
_insert = Statement(lambda: A.insert(all_values_from(A)))
_store = Statement(
    lambda: A.update(values_from(A.name, A.role, A.password, A.disabled_at)).where(
        A.id == param("id")
    )
)
_others_in_charge = Statement(
    lambda: (
        A.select(A.id)
        .where(
            (A.role == "admin")
            & A.disabled_at.is_null()
            & A.password.is_null(False)
            & (A.id != param("id"))
        )
        .limit(1)
    )
)


class Administrators:
    """The administrators of an installation. One is called by id or e-mail address."""

    def __init__(self, runtime: Runtime, actor: Actor = LIBRARY) -> None:
        self._runtime = runtime
        self._database = runtime.database
        self._actor = actor

    def create(self, **fields: Unpack[AdministratorInput]) -> Administrator:
        """Make an administrator; without a password it is `invited`.

        Raises:
            ValidationFailed: naming every field that needs attention.
            AlreadyExists: another one has the e-mail address.
        """
        given = checked(AdministratorInput, fields)
        password = given.get("password")
        kept = None if password is None else self._protected(password, given)
        state = AdministratorState(
            id=self._runtime.new_id(),
            name=given["name"],
            email=given["email"].casefold(),
            role=given.get("role", "admin"),
            password=kept,
            created_at=self._runtime.clock.now(),
            disabled_at=None,
            last_sign_in_at=None,
        )
        try:
            return self._database.write(lambda: self._create(state))
        except Duplicate:
            raise AlreadyExists("email", state.email) from None

    def list(self) -> Sequence[Administrator]:
        """All administrators, the disabled ones too, oldest first."""
        rows = self._database.rows(_all)
        return [AdministratorState._make(row).document for row in rows]

    def get(self, reference: str) -> Administrator:
        """The one with this id or e-mail address; `NotFound`."""
        return self._state(reference).document

    def update(self, reference: str, **fields: Unpack[AdministratorChange]) -> Administrator:
        """Change name or role. A new role counts from the next click on.

        Raises:
            NotFound, ValidationFailed: as everywhere.
            Conflict: it would leave nobody in charge.
        """
        given = checked(AdministratorChange, fields)
        return self._change(reference, "changed", lambda before, _: before._replace(**given))

    def disable(self, reference: str) -> Administrator:
        """Let somebody in no more, and end all sessions.

        Raises:
            NotFound: there is no such administrator.
            Conflict: it would leave nobody in charge.
        """

        def disabled(before: AdministratorState, now: int) -> AdministratorState:
            admin_sessions.end_all(self._runtime, before.id)
            return before._replace(disabled_at=before.disabled_at or now)

        return self._change(reference, "disabled", disabled)

    def enable(self, reference: str) -> Administrator:
        """Let somebody in again; `NotFound`."""
        return self._change(
            reference, "enabled", lambda before, _: before._replace(disabled_at=None)
        )

    def sign_out(self, reference: str, but: str = "") -> int:
        """End the sessions of somebody, who may sign in again; `NotFound`.

        Args:
            reference: Whose.
            but: The digest of the one session that goes on.

        Returns:
            How many were ended.
        """
        found = self._state(reference)

        def work() -> int:
            ended = admin_sessions.end_all(self._runtime, found.id, but)
            if ended:
                self._record("sessions_ended", found.id, {"email": found.email, "ended": ended})
            return ended

        return self._database.write(work)

    def set_password(self, reference: str, password: str) -> Administrator:
        """Give somebody another password, and end all sessions.

        Raises:
            NotFound: there is no such administrator.
            ValidationFailed: the password is not fit.
        """
        before = self._state(reference)
        kept = self._protected(password, {"name": before.name, "email": before.email})

        def changed(before: AdministratorState, _: int) -> AdministratorState:
            admin_sessions.end_all(self._runtime, before.id)
            return before._replace(password=kept)

        return self._change(before.id, "password_set", changed)

    def _create(self, state: AdministratorState) -> Administrator:
        self._database.execute(_insert, **state._asdict())
        details = {"name": state.name, "email": state.email, "role": state.role}
        self._record("created", state.id, details)
        return Administrator(state.document.text, created=True)

    def _change(
        self,
        reference: str,
        action: str,
        change: Callable[[AdministratorState, int], AdministratorState],
    ) -> Administrator:
        def work() -> Administrator:
            self._database.rows(_hold)
            before = self._state(reference)
            after = change(before, self._runtime.clock.now())
            if after != before:
                self._require_somebody_in_charge(before, after)
                self._store(after)
                differences = audit.changes(before.document, after.document)
                self._record(action, after.id, {"email": after.email, "changes": differences})
            return after.document

        return self._database.write(work)

    def _store(self, state: AdministratorState) -> None:
        self._database.execute(
            _store,
            id=state.id,
            name=state.name,
            role=state.role,
            password=state.password,
            disabled_at=state.disabled_at,
        )

    def _require_somebody_in_charge(
        self, before: AdministratorState, after: AdministratorState
    ) -> None:
        if not _is_in_charge(before) or _is_in_charge(after):
            return
        if self._database.row(_others_in_charge, id=before.id) is None:
            raise Conflict(
                f"{before.name} is the only one in charge: "
                "make another administrator with the role admin first."
            )

    def _state(self, reference: str) -> AdministratorState:
        row = None
        if is_storable(reference):
            row = self._database.row(_called, reference=reference, folded=reference.casefold())
        if row is None:
            raise NotFound("administrator", reference)
        return AdministratorState._make(row)

    def _protected(self, password: str, who: AdministratorInput) -> str:
        problem = passwords.problem(password, who["name"], who["email"])
        if problem is not None:
            raise ValidationFailed([FieldError("/password", "weak", f"the password {problem}")])
        return passwords.protect(password, self._runtime.random_bytes(passwords.SALT_BYTES))

    def _record(self, action: str, subject_id: str, details: Mapping[str, object]) -> None:
        audit.record_installation(
            self._runtime,
            self._actor,
            f"administrator.{action}",
            "administrator",
            subject_id,
            details,
        )


def _is_in_charge(state: AdministratorState) -> bool:
    return state.role == "admin" and state.disabled_at is None and state.password is not None
