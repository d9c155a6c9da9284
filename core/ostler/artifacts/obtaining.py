"""Have the fetcher bring what a store lacks, and write down what it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import frozen

from ostler.artifacts.cache.keys import Wanted
from ostler.artifacts.cache.records import Record, digests_of, examined
from ostler.artifacts.cache.store import Entry, Store
from ostler.artifacts.fetcher.directories import ITEM
from ostler.artifacts.planning import Plan, payload
from ostler.artifacts.process import Run
from ostler.errors import OstlerError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Obtained(NamedTuple):
    """What a store has now, and what came for it: nothing where ``cached`` says that it was there."""

    entry: Entry
    size_bytes: int
    kept_bytes: int
    cached: bool


@frozen(kw_only=True)
class Obtaining:
    """One run of the fetcher for a store whose lock is held alone.

    ``store`` is where the content is downloaded to, and stays if it can be told from another later.
    What is not to stay goes to ``own``.
    """

    run: Run
    planned: Plan
    wanted: Wanted
    store: Store
    own: Store
    most_bytes: int = 0
    keeps_products: bool = False

    def obtain(self, private: Path, *, lock: int) -> Obtained:
        """Return the content, or what was made of it where the artifact is an archive."""
        wanted, store = self.wanted, self.store
        had = store.sound(wanted.content, wanted.access, self.run.policy)
        products = self._products()
        made = products.sound(wanted.product, wanted.access, self.run.policy) if wanted.product else None
        if made and not (had and made.record.digest == had.record.digest):
            made = None
        answer = self._answer(private, had, products, is_made=made is not None, lock=lock)
        came = "digest" in answer
        if came:
            had, made = self._content(answer), None
        assert had  # noqa: S101 - or the fetcher had nothing to answer with
        size, kept = (answer["size"], answer["kept"]) if came else (had.record.size_bytes, 0)
        return Obtained(made or self._made(had, products), size, kept, cached=not came)

    def _made(self, had: Entry, products: Store) -> Entry:
        """Return what the fetcher made of the content, or the content where that is what is wanted."""
        wanted, store = self.wanted, self.store
        if not wanted.product:
            return had
        if not had.directory.is_relative_to(store.directory) and products is not self.own:
            products.hand_over(wanted.product, self.own)
            products = self.own
        return self._product(products, had)

    def _products(self) -> Store:
        return self.store if self.keeps_products else self.own

    def _answer(
        self, private: Path, had: Entry | None, products: Store, *, is_made: bool, lock: int
    ) -> Mapping[str, Any]:
        wanted, store = self.wanted, self.store
        asked = payload(self.run.request, self.run.policy, self.planned)
        needed = not (had and wanted.checked)
        asked["have"] = str(had.item) if had else ""
        asked["content"] = str(store.making(wanted.content)) if needed else ""
        asked["validator"] = had.record.validator if had else ""
        asked["made"] = is_made
        asked["product"] = str(products.making_anew(wanted.product)) if wanted.product else ""
        try:
            return self.run.fetch(asked, private, lock)
        except OstlerError as error:
            if wanted.product:
                products.drop(wanted.product)
            if isinstance(error, RefusedError):  # else the next one goes on from what came
                store.drop(wanted.content)
            raise

    def _content(self, answer: Mapping[str, Any]) -> Entry:
        """Keep the content where its checksum or its server's validator will tell that it is the same."""
        name = self.wanted.content
        store = self._keeper(answer["validator"])
        if store is not self.store:
            try:
                self.store.hand_over(name, store)
            except OSError:
                self.store.drop(name)
                raise
        record = Record(
            source=self.run.request.shown,
            algorithm=answer["algorithm"],
            digest=answer["digest"],
            validator=answer["validator"],
            access=self._access(answer["digest"]),
            **examined(store.making(name), {"": answer["digest"]}),
        )
        return store.keep(name, record)

    def _keeper(self, validator: str) -> Store:
        """Return the store in which what was downloaded is to stay."""
        size = (self.store.making(self.wanted.content) / ITEM).stat().st_size
        fits = not self.most_bytes or size <= self.most_bytes
        return self.store if fits and (self.wanted.checked or validator) else self.own

    def _access(self, digest: str) -> tuple[str, ...]:
        old = self.store.find(self.wanted.content)
        others = old.record.access if old and old.record.digest == digest else ()
        return tuple(dict.fromkeys((*others, self.wanted.access)))

    def _product(self, store: Store, content: Entry) -> Entry:
        made, old = store.making(self.wanted.product), content.record
        return store.keep(
            self.wanted.product,
            Record(
                source=old.source,
                algorithm=old.algorithm,
                digest=old.digest,
                access=old.access,
                **examined(made, digests_of(made)),
            ),
        )
