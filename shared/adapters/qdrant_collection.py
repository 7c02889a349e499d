"""One index version as a collection of a Qdrant server: its writer and its reader."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from shared.adapters.engine_filter import FilterParts, engine_filter
from shared.adapters.manifests import require_manifest_of
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
from shared.domain.products import Product
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.records import manifest_record
from shared.domain.spaces import LEARNT_SPACES, Space, SparseVector, Vectors
from shared.domain.versions import Manifest

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models
    from tenacity import RetryCallState

_P = ParamSpec("_P")
_T = TypeVar("_T")

IN_MEMORY = ":memory:"
MANIFEST = "vitrine_manifest"
_BATCH = 256
_TRIES = 6
_LONGEST_WAIT = 20.0
_LONGEST_ASKED_WAIT = 60.0
_INDEXING_DEADLINE = 2 * 3600.0


class QdrantBuilder:
    """A collection in the making. Every write can be repeated, so a refused or lost one is."""

    def __init__(self, client: "QdrantClient", collection: str, version: str, dimensions: Dimensions) -> None:
        from qdrant_client import models

        self._client = client
        self._models = models
        self._collection = collection
        self._version = version
        self._dimensions = dimensions
        self._searcher = _Searcher(client, collection, dimensions)
        self.finished = False

    def create(self, metadata: dict[str, str], shards: int = 1, replicas: int = 1) -> None:
        """A write is done when one replica has it: a server that is down meanwhile is brought up to date by others."""
        models = self._models
        ask(
            self._client.create_collection,
            self._collection,
            vectors_config={
                space.value: models.VectorParams(size=size, distance=models.Distance.COSINE)
                for space, size in self._dimensions.items()
            },
            sparse_vectors_config={
                Space.KEYWORDS.value: models.SparseVectorParams(modifier=models.Modifier.IDF),
                **{space.value: models.SparseVectorParams() for space in LEARNT_SPACES},
            },
            hnsw_config=models.HnswConfigDiff(m=16, ef_construct=128, full_scan_threshold=1000),
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=100),
            shard_number=shards,
            replication_factor=replicas,
            metadata=metadata,
        )
        if self._client.init_options.get("location") == IN_MEMORY:
            return
        kinds = dict.fromkeys(WORD_FIELDS, models.PayloadSchemaType.KEYWORD)
        kinds.update(dict.fromkeys(NUMBER_FIELDS, models.PayloadSchemaType.FLOAT))
        for field, kind in kinds.items():
            persist(self._client.create_payload_index, self._collection, field.value, kind)

    def copy_from(self, base: str) -> None:
        offset = None
        while True:
            records, offset = persist(
                self._client.scroll, base, limit=_BATCH, offset=offset, with_payload=True, with_vectors=True
            )
            self._write(
                [
                    self._models.PointStruct(
                        id=record.id, vector=cast(Any, record.vector or {}), payload=record.payload
                    )
                    for record in records
                ]
            )
            if offset is None:
                return

    def upsert(self, points: Sequence[IndexPoint]) -> None:
        for point in points:
            check_point(point, self._dimensions)
        for start in range(0, len(points), _BATCH):
            self._write([self._point(point) for point in points[start : start + _BATCH]])

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        return self._searcher.search(queries)

    def delete(self, product_ids: Sequence[str]) -> None:
        for start in range(0, len(product_ids), _BATCH):
            ids = self._models.PointIdsList(
                points=[str(point_id(name)) for name in product_ids[start : start + _BATCH]]
            )
            persist(self._client.delete, self._collection, ids, wait=True)

    def finish(self, manifest: Manifest) -> None:
        """Wait until the server's optimisers are done, two hours at most, then list the version."""
        require_manifest_of(manifest, self._version, self._dimensions)
        self._wait_for_graphs()
        metadata = {MANIFEST: manifest_record(manifest)}
        persist(self._client.update_collection, self._collection, metadata=metadata)
        self.finished = True

    def _wait_for_graphs(self) -> None:
        deadline = time.monotonic() + _INDEXING_DEADLINE
        pause = 0.1
        while persist(self._client.get_collection, self._collection).status != self._models.CollectionStatus.GREEN:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"The server has not finished the graphs of {self._collection} within "
                    f"{_INDEXING_DEADLINE / 3600:.0f} hours: look at its optimiser's status."
                )
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)

    def _point(self, point: IndexPoint) -> "models.PointStruct":
        vectors: dict[str, Any] = {
            space.value: self._models.SparseVector(indices=vector.indices.tolist(), values=vector.values.tolist())
            if isinstance(vector, SparseVector)
            else vector.tolist()
            for space, vector in stored_vectors(point.vectors)
        }
        return self._models.PointStruct(
            id=str(point_id(point.product.id)), vector=vectors, payload=payload_of(point.product)
        )

    def _write(self, points: list[Any]) -> None:
        if points:
            persist(self._client.upsert, self._collection, points, wait=True)


class QdrantIndex:
    """One version. A search is one request; a failed one is not repeated, since a shopper is waiting."""

    def __init__(self, client: "QdrantClient", collection: str, manifest: Manifest) -> None:
        self._client = client
        self._collection = collection
        self._manifest = manifest
        self._dimensions = dense_dimensions(manifest.encoders)
        self._searcher = _Searcher(client, collection, self._dimensions)

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        return self._searcher.search(queries)

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        names = {str(point_id(name)): name for name in product_ids}
        ids = list(names)
        held = held_spaces(spaces, self._dimensions)
        found: dict[str, Vectors] = {}
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            records = ask(self._client.retrieve, self._collection, batch, with_payload=False, with_vectors=held)
            found.update((names[str(record.id)], domain_vectors(record.vector)) for record in records)
        return found

    def products(self, product_ids: Sequence[str]) -> dict[str, Product]:
        ids = list(dict.fromkeys(str(point_id(name)) for name in product_ids))
        found: dict[str, Product] = {}
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            records = ask(self._client.retrieve, self._collection, batch, with_payload=[RECORD], with_vectors=False)
            products = (payload_product(record.payload or {}) for record in records)
            found.update((product.id, product) for product in products)
        return found

    def count(self) -> int:
        return ask(self._client.count, self._collection, exact=True).count

    def close(self) -> None:
        """Nothing to do: the client belongs to who made it."""


class _Searcher:
    """Asks a collection, listed or in the making."""

    def __init__(self, client: "QdrantClient", collection: str, dimensions: Dimensions) -> None:
        from qdrant_client import models

        self._client = client
        self._models = models
        self._collection = collection
        self._dimensions = dimensions
        self._parts = _filter_parts(models)

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        asked = [place for place, query in enumerate(queries) if can_answer(query, self._dimensions)]
        answers: list[list[Hit]] = [[] for _ in queries]
        if not asked:
            return answers
        requests = [self._request(queries[place]) for place in asked]
        responses = ask(self._client.query_batch_points, self._collection, requests)
        for place, response in zip(asked, responses, strict=True):
            answers[place] = ranked([Hit((point.payload or {})[PRODUCT_ID], point.score) for point in response.points])
        return answers

    def _request(self, query: SpaceQuery) -> "models.QueryRequest":
        vector = query.vector
        return self._models.QueryRequest(
            query=self._models.SparseVector(indices=vector.indices.tolist(), values=vector.values.tolist())
            if isinstance(vector, SparseVector)
            else vector.tolist(),
            using=query.space.value,
            limit=query.limit,
            filter=engine_filter(query.filter, query.among, self._parts),
            with_payload=[PRODUCT_ID],
        )


def _filter_parts(models: Any) -> FilterParts:
    return FilterParts(
        group=models.Filter,
        one_of=lambda key, words: models.FieldCondition(key=key, match=models.MatchAny(any=words)),
        in_range=lambda key, bounds: models.FieldCondition(key=key, range=models.Range(**bounds)),
        has_id=lambda ids: models.HasIdCondition(has_id=[str(each) for each in ids]),
    )


def ask(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Make one call; a server that does not answer, or refuses, is :class:`Unavailable`."""
    from qdrant_client.common.client_exceptions import QdrantException
    from qdrant_client.http.exceptions import ApiException

    try:
        return call(*args, **kwargs)
    except (ApiException, QdrantException, OSError) as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise Unavailable(f"The Qdrant server failed ({reason}): check its address, its key and its health.") from error


def persist(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Make a call that may be repeated, waiting longer each time, until it works or is hopeless.

    A server that says how long to wait is taken at its word, up to a minute.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

    growing = wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT)
    attempts = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(_TRIES),
        wait=lambda state: max(growing(state), _asked_wait(state)),
        reraise=True,
    )
    return ask(attempts.wraps(call), *args, **kwargs)


def _asked_wait(state: "RetryCallState") -> float:
    error = state.outcome.exception() if state.outcome else None
    return min(float(getattr(error, "retry_after_s", 0)), _LONGEST_ASKED_WAIT)


def _may_pass(error: BaseException) -> bool:
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    if isinstance(error, UnexpectedResponse):
        return error.status_code is None or error.status_code == 429 or error.status_code >= 500
    return isinstance(error, ResourceExhaustedResponse | ResponseHandlingException)
