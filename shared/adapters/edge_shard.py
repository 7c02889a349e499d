"""One index version in Qdrant's embedded engine: its writer and its reader."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar
from uuid import UUID

from shared.adapters.durable_files import sync_folder, sync_tree, write_atomically
from shared.adapters.engine_filter import FilterParts, engine_filter
from shared.adapters.manifests import manifest_to_bytes, require_manifest_of
from shared.adapters.point_payload import (
    NUMBER_FIELDS,
    PRODUCT_ID,
    RECORD,
    WORD_FIELDS,
    Dimensions,
    can_answer,
    check_point,
    dense_dimensions,
    domain_vectors,
    held_spaces,
    payload_of,
    payload_product,
    point_id,
    ranked,
    stored_vectors,
)
from shared.domain.errors import Unavailable
from shared.domain.filters import Filter
from shared.domain.products import Product
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.spaces import LEARNT_SPACES, Space, SparseVector, Vectors
from shared.domain.versions import Manifest

if TYPE_CHECKING:
    import qdrant_edge

_P = ParamSpec("_P")
_T = TypeVar("_T")

_PointId: TypeAlias = UUID | int | str

MANIFEST = "manifest.json"
SHARD = "shard"
_BATCH = 500


class EdgeBuilder(AbstractContextManager["EdgeBuilder"]):
    """A shard in the making; leaving the context closes it, whether finished or not."""

    def __init__(self, folder: Path, target: Path, dimensions: Dimensions) -> None:
        import qdrant_edge

        self._engine = qdrant_edge
        self._folder = folder
        self._target = target
        self._dimensions = dimensions
        config = _config(qdrant_edge, dimensions)
        path = folder / SHARD
        if path.exists():
            self._shard = _ask(qdrant_edge.EdgeShard.load, str(path), config)
        else:
            path.mkdir()
            self._shard = _ask(qdrant_edge.EdgeShard.create, str(path), config)
            self._create_payload_indexes()
        self._searcher = _Searcher(qdrant_edge, self._shard, dimensions)

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        for point in points:
            check_point(point, self._dimensions)
        for start in range(0, len(points), _BATCH):
            batch = [self._point(point) for point in points[start : start + _BATCH]]
            self._update(self._engine.UpdateOperation.upsert_points(batch))

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        return self._searcher.search(queries)

    def delete(self, product_ids: Sequence[str]) -> None:
        if product_ids:
            self._update(self._engine.UpdateOperation.delete_points([point_id(name) for name in product_ids]))

    def finish(self, manifest: Manifest) -> None:
        require_manifest_of(manifest, self._target.name, self._dimensions)
        _ask(self._shard.optimize)
        _ask(self._shard.flush)
        _ask(self._shard.close)
        write_atomically(self._folder / MANIFEST, manifest_to_bytes(manifest))
        sync_tree(self._folder)
        self._folder.rename(self._target)
        sync_folder(self._target.parent)

    def __exit__(self, *_: object) -> None:
        # The engine raises when the shard is closed already, and an unfinished one is about to be deleted anyway.
        with suppress(Exception):
            self._shard.close()

    def _point(self, point: IndexPoint) -> "qdrant_edge.Point":
        vectors: dict[str, Any] = {
            space.value: _engine_vector(self._engine, vector) for space, vector in stored_vectors(point.vectors)
        }
        return self._engine.Point(point_id(point.product.id), vectors, payload_of(point.product))

    def _create_payload_indexes(self) -> None:
        kinds = self._engine.PayloadSchemaType
        for field in WORD_FIELDS:
            self._update(self._engine.UpdateOperation.create_field_index(field.value, kinds.Keyword))
        for field in NUMBER_FIELDS:
            self._update(self._engine.UpdateOperation.create_field_index(field.value, kinds.Float))

    def _update(self, operation: "qdrant_edge.UpdateOperation") -> None:
        _ask(self._shard.update, operation)


class EdgeIndex:
    """One version, open. The engine's threads search outside Python's lock, so callers' threads run side by side."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        import qdrant_edge

        self._engine = qdrant_edge
        self._shard = _ask(qdrant_edge.EdgeShard.load, str(folder / SHARD))
        self._manifest = manifest
        self._dimensions = dense_dimensions(manifest.encoders)
        self._searcher = _Searcher(qdrant_edge, self._shard, self._dimensions)

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        return self._searcher.search(queries)

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        names: dict[_PointId, str] = {point_id(name): name for name in product_ids}
        records = _ask(self._shard.retrieve, list(names), False, held_spaces(spaces, self._dimensions))
        return {names[record.id]: domain_vectors(record.vector) for record in records}

    def products(self, product_ids: Sequence[str]) -> dict[str, Product]:
        ids: list[_PointId] = list(dict.fromkeys(map(point_id, product_ids)))
        records: list[Any] = _ask(self._shard.retrieve, ids, [RECORD], False)
        found = (payload_product(record.payload) for record in records)
        return {product.id: product for product in found}

    def count(self) -> int:
        return _ask(self._shard.count, self._engine.CountRequest())

    def close(self) -> None:
        # Closing writes the shard's state back, which fails where the version was removed meanwhile.
        with suppress(Exception):
            self._shard.close()


class _Searcher:
    """Asks a shard, open for reading or in the making."""

    def __init__(self, engine: Any, shard: Any, dimensions: Dimensions) -> None:
        self._engine = engine
        self._shard = shard
        self._dimensions = dimensions
        self._parts = _filter_parts(engine)
        # Payloads take longer to fetch than the search itself takes; the product of a point never changes, so each
        # product's id is fetched once. Threads may both fetch one: they write the same. The keys are the integers of
        # the UUIDs: those hash in C, and the collector has nothing to trace in them.
        self._product_ids: dict[int, str] = {}

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        asked = [place for place, query in enumerate(queries) if can_answer(query, self._dimensions)]
        answers: list[list[Hit]] = [[] for _ in queries]
        if not asked:
            return answers
        filters: dict[tuple[Filter | None, tuple[str, ...] | None], Any] = {}  # most of a batch have the same one
        batch = self._engine.QueryBatchRequest([self._request(queries[place], filters) for place in asked])
        answered: list[list[Any]] = _ask(self._shard.query_batch, batch)
        found = [[(point.id.int, point.score) for point in points] for points in answered]
        self._learn({number for pairs in found for number, _ in pairs if number not in self._product_ids})
        for place, pairs in zip(asked, found, strict=True):
            answers[place] = ranked([Hit(self._product_ids[number], score) for number, score in pairs])
        return answers

    def _request(self, query: SpaceQuery, filters: dict[Any, Any]) -> "qdrant_edge.QueryRequest":
        nearest = self._engine.Query.Nearest(_engine_vector(self._engine, query.vector), using=query.space.value)
        admits = query.filter, query.among
        if admits not in filters:
            filters[admits] = engine_filter(*admits, self._parts)
        return self._engine.QueryRequest(  # type: ignore[no-any-return]
            limit=query.limit, query=nearest, filter=filters[admits], with_payload=False
        )

    def _learn(self, unknown: set[int]) -> None:
        if unknown:
            identities: list[_PointId] = [UUID(int=number) for number in unknown]
            records: list[Any] = _ask(self._shard.retrieve, identities, [PRODUCT_ID], False)
            self._product_ids.update((record.id.int, record.payload[PRODUCT_ID]) for record in records)


def _config(engine: Any, dimensions: Dimensions) -> "qdrant_edge.EdgeConfig":
    """One searchable segment with a graph over every dense space that is larger than 100 KB.

    Any deletion makes the optimiser rewrite the segment: what is deleted would else go on counting in the document
    frequencies of ``keywords``, and two versions of equal content would not answer alike. The log is off because a
    build that dies is built again.
    """
    return engine.EdgeConfig(  # type: ignore[no-any-return]
        vectors={
            space.value: engine.EdgeVectorParams(size, engine.Distance.Cosine) for space, size in dimensions.items()
        },
        sparse_vectors={
            Space.KEYWORDS.value: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf),
            **{space.value: engine.EdgeSparseVectorParams() for space in LEARNT_SPACES},
        },
        hnsw_config=engine.HnswIndexConfig(m=16, ef_construct=128, full_scan_threshold=1000),
        optimizers=engine.EdgeOptimizersConfig(
            deleted_threshold=0.0, vacuum_min_vector_number=1, default_segment_number=1, indexing_threshold=100
        ),
        wal_enabled=False,
    )


def _filter_parts(engine: Any) -> FilterParts:
    return FilterParts(
        group=engine.Filter,
        one_of=lambda key, words: engine.FieldCondition(key, match=engine.MatchAny(words)),
        in_range=lambda key, bounds: engine.FieldCondition(key, range=engine.RangeFloat(**bounds)),
        has_id=lambda ids: engine.HasIdCondition(set(ids)),
    )


def _engine_vector(engine: Any, vector: Any) -> Any:
    # The binding reads lists twice as fast as arrays.
    if isinstance(vector, SparseVector):
        return engine.SparseVector(vector.indices.tolist(), vector.values.tolist())
    return vector.tolist()


def _ask(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """The engine raises bare exceptions, or panics, for everything: say that it is at fault and not the caller."""
    try:
        return call(*args, **kwargs)
    except BaseException as error:
        # A panic is no Exception, so that programs end by it; a damaged file is no reason to end a server.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Unavailable("The embedded index failed: open the version again, or index the feed again.") from error
