"""What is given to a job file, by whoever runs it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from attrs import field, frozen

from ostler.errors import MistakeError

Trust: TypeAlias = Literal["trusted", "untrusted"]
PREFIX: Final = "NOMAD_VAR_"


@frozen(kw_only=True)
class Inputs:
    """What a job file is given, and how far it is trusted.

    ``variables`` are Python values by name, or texts ``name=value`` as the command's ``--var`` takes them.
    ``files`` are variable files; a later one wins over an earlier one, and ``variables`` over them all.
    ``environment`` is where ``NOMAD_VAR_name`` is looked for: None for the process's own.  With ``trust``
    ``"untrusted"`` the text can read no file and nothing of the process's environment.
    """

    variables: Mapping[str, object] | Sequence[str] = ()
    files: Sequence[str | Path] = ()
    environment: Mapping[str, str] | None = None
    trust: Trust = field(default="trusted")

    @trust.validator
    def _check(self, _: object, trust: str) -> None:
        if trust not in get_args(Trust):
            text = f"expected 'trusted' or 'untrusted', found {trust!r}"
            raise MistakeError.single(text, path="trust")

    def from_environment(self) -> dict[str, str]:
        """Give the texts of variables that the environment holds, by the variables' names."""
        found = self.environment
        if found is None:
            found = {} if self.trust == "untrusted" else os.environ
        return {name.removeprefix(PREFIX): text for name, text in found.items() if name.startswith(PREFIX)}

    @property
    def given(self) -> bool:
        """Tell whether any variable is given by name."""
        return bool(self.variables or self.files)


NOTHING: Final = Inputs()
