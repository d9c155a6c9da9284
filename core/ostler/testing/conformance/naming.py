"""Names and texts that are not what a driver's author had in mind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from ostler.drivers import values
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run

NAMES: Final = (
    "with  two spaces",
    "quo'te\"s",
    "$(id) `id` ${HOME} ; & | * ? <>",
    "-rf",
    "a=b,c:d@e%2F..",
    "žluťoučký 🐎",
    "é" * 100,
    "x" * 200,
    "\x01\x1b[31m\x7f",
)
TEXT: Final = (
    "' \" `id` $(id) $HOME %s %n \\n \\\\ * ? [a] {b} | & ; < > # ~ ! ^\t\r\x01\x1b[31m žluť 🐎 \n\n end"
)


class NamingTests:
    """Any name and any text goes through a whole life as it is."""

    @sentence(
        values.Task,
        "``name``, and so ``id``, may hold any character but ``/``, ``\\`` and NUL, up to 200 of them.",
    )
    def test_a_task_may_have_any_name(self, run: Run) -> None:
        """Each lives from its start until it is forgotten."""

        def live(name: str) -> tuple[str, int | None]:
            running = run(Act(code=3), name=name)
            end = running.end()
            running.stop()
            running.destroy()
            return name, end.code if end else None

        with ThreadPoolExecutor(len(NAMES)) as pool:
            assert list(pool.map(live, NAMES)) == [(name, 3) for name in NAMES]

    @sentence(values.Task, "Its texts mean what they say, whatever characters they hold.")
    def test_a_config_may_hold_any_text(self, run: Run) -> None:
        """A text is written as it is."""
        assert run(Act(stdout=TEXT)).shows(TEXT)
