"""Entry point of the Lambda function."""

from mangum import Mangum

from functions.recommend.app import create_app
from shared import wiring
from shared.services.shop import Shop
from shared.settings import from_environment


def _open_shop() -> Shop:
    return wiring.shop(wiring.parts(from_environment()))


handler = Mangum(create_app(_open_shop), lifespan="off")
