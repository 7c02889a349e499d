"""The tables of another shop, made as the first shop's are: keys, index, lifetime, encryption, recovery, protection.

Who runs it needs the right to describe the first one's and to make tables; no function has it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from shared.adapters.aws import Connections, ask, code_of
from shared.domain.errors import InvalidInput, NotFound, Unavailable

_KEYS = ("KeySchema", "AttributeDefinitions")
_INDEX_KEYS = ("IndexName", "KeySchema", "Projection")
_LOOK_AGAIN = 2.0
_PATIENCE = 300.0
"""Seconds for a table to become active; it mostly takes ten to thirty."""

_Table = dict[str, Any]


class TablesBeside:
    """A :class:`shared.ports.ShopPlace`. Killed at any point and called again, it makes what is missing.

    A table of our own key in KMS is not told from one of AWS's: the new ones have AWS's own.
    """

    def __init__(
        self, connections: Connections, tables: Mapping[str, str], pause: Callable[[float], object] = time.sleep
    ) -> None:
        """``tables`` are the new ones' names, by the names of those that they are to be like."""
        self._connections = connections
        self._tables = tables
        self._pause = pause

    def make(self) -> None:
        """Raises NotFound without the first one's tables, InvalidInput for strangers of our names, and Unavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            models = {model: self._model(model) for model in self._tables}
            for model, table in self._tables.items():
                self._create(table, models[model])
            for model, table in self._tables.items():
                self._finish(model, table, models[model])
        except (BotoCoreError, ClientError) as error:
            why = code_of(error) or type(error).__name__
            raise Unavailable(f"AWS did not make the tables ({why}): see to it and run the same again.") from error

    def _model(self, table: str) -> _Table:
        found = self._describe(table)
        if found is None:
            raise NotFound(f"There is no table {table}: set the variables of the stack's tables to those that it made.")
        return found

    def _create(self, table: str, model: _Table) -> None:
        from botocore.exceptions import ClientError

        asked: _Table = {"TableName": table, "BillingMode": "PAY_PER_REQUEST", **{key: model[key] for key in _KEYS}}
        asked["DeletionProtectionEnabled"] = bool(model.get("DeletionProtectionEnabled"))
        if indexes := _indexes(model):
            asked["GlobalSecondaryIndexes"] = indexes
        if _is_encrypted(model):
            asked["SSESpecification"] = {"Enabled": True, "SSEType": "KMS"}
        try:
            ask(self._connections.client("dynamodb").create_table, **asked)
        except ClientError as error:
            if code_of(error) != "ResourceInUseException":  # there it is, from a run before
                raise

    def _finish(self, model_name: str, table: str, model: _Table) -> None:
        made = self._wait_for(table)
        if not _are_alike(made, model):
            raise InvalidInput(f"The table {table} is there and is not like {model_name}: is it another stack's?")
        client = self._connections.client("dynamodb")
        lifetime = ask(client.describe_time_to_live, TableName=model_name)["TimeToLiveDescription"]
        own = ask(client.describe_time_to_live, TableName=table)["TimeToLiveDescription"]
        if _is_on(lifetime) and not _is_on(own):
            given = {"Enabled": True, "AttributeName": lifetime["AttributeName"]}
            ask(client.update_time_to_live, TableName=table, TimeToLiveSpecification=given)
        if self._can_be_had_back(model_name) and not self._can_be_had_back(table):
            self._have_backups(table)
        if model.get("DeletionProtectionEnabled") and not made.get("DeletionProtectionEnabled"):
            ask(client.update_table, TableName=table, DeletionProtectionEnabled=True)

    def _wait_for(self, table: str) -> _Table:
        for _ in range(int(_PATIENCE / _LOOK_AGAIN)):
            found = self._describe(table)
            if found is not None and found["TableStatus"] == "ACTIVE":
                return found
            self._pause(_LOOK_AGAIN)
        raise Unavailable(f"The table {table} is not active after {_PATIENCE:g} s: run the same again.")

    def _have_backups(self, table: str) -> None:
        """A table is active a while before backups can be asked for."""
        from botocore.exceptions import ClientError

        for _ in range(int(_PATIENCE / _LOOK_AGAIN)):
            try:
                ask(
                    self._connections.client("dynamodb").update_continuous_backups,
                    TableName=table,
                    PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
                )
                return
            except ClientError as error:
                if code_of(error) != "ContinuousBackupsUnavailableException":
                    raise
            self._pause(_LOOK_AGAIN)
        raise Unavailable(f"The table {table} takes no backups after {_PATIENCE:g} s: run the same again.")

    def _can_be_had_back(self, table: str) -> bool:
        client = self._connections.client("dynamodb")
        told = ask(client.describe_continuous_backups, TableName=table)["ContinuousBackupsDescription"]
        return bool(told["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED")

    def _describe(self, table: str) -> _Table | None:
        client = self._connections.client("dynamodb")
        try:
            found: _Table = client.describe_table(TableName=table)["Table"]
        except client.exceptions.ResourceNotFoundException:
            return None
        return found


def _are_alike(made: _Table, model: _Table) -> bool:
    return all(_sorted(made[key]) == _sorted(model[key]) for key in _KEYS) and _indexes(made) == _indexes(model)


def _sorted(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: row["AttributeName"])


def _indexes(table: _Table) -> list[_Table]:
    found = [{key: each[key] for key in _INDEX_KEYS} for each in table.get("GlobalSecondaryIndexes", ())]
    for each in found:
        if named := each["Projection"].get("NonKeyAttributes"):
            each["Projection"] = {**each["Projection"], "NonKeyAttributes": sorted(named)}
    return found


def _is_encrypted(table: _Table) -> bool:
    return bool(table.get("SSEDescription", {}).get("Status") in ("ENABLED", "ENABLING", "UPDATING"))


def _is_on(lifetime: Mapping[str, str]) -> bool:
    return lifetime.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
