"""What the routes about one person's own data have in common: that they were asked for is noted."""

from typing import Annotated

from fastapi import Depends, Request

from shared.http.callers import CallerOf


async def _who(request: Request, caller: CallerOf) -> dict[str, str]:
    context = request.scope.get("aws.context")
    return {"key": caller.key_id, "request": str(getattr(context, "aws_request_id", ""))}


Who = Annotated[dict[str, str], Depends(_who)]
"""For the audit log: the key that came along, and by which name the request is found in the log of the function."""
