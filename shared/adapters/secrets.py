"""Secrets that AWS Secrets Manager keeps."""

from shared.adapters.aws import Connections, ask


def read_secret(connections: Connections, secret_id: str) -> str:
    """The secret's text as it is now. Raises Unavailable."""
    return str(ask(connections.client("secretsmanager").get_secret_value, SecretId=secret_id)["SecretString"])
