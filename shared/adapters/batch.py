"""Jobs as AWS Batch runs them: the indexer in a container of its own."""

from shared.adapters.aws import Connections, ask
from shared.domain.errors import Unavailable


class BatchStarter:
    """A :class:`shared.ports.JobStarter`; what the container runs is in the job definition."""

    def __init__(self, connections: Connections, queue: str, definition: str, shop: str = "") -> None:
        """``shop`` is whose catalogue the job is to index, empty for the first one."""
        self._connections = connections
        self._queue = queue
        self._definition = definition
        self._shop = shop

    def start(self, request_id: str) -> str:
        from botocore.exceptions import ClientError

        batch = self._connections.client("batch")
        named = [{"name": "VITRINE_SHOP", "value": self._shop}] if self._shop else []
        try:
            submitted = ask(
                batch.submit_job,
                jobName="-".join(["reindex", *([self._shop] if self._shop else []), request_id]),
                jobQueue=self._queue,
                jobDefinition=self._definition,
                containerOverrides={"environment": named},
            )
        except ClientError as error:
            raise Unavailable(f"AWS Batch does not take the job: {error}") from error
        return str(submitted["jobId"])
