"""The payment provider, whose client is a blocking one."""

from __future__ import annotations

import time
from typing import Any

import requests

from shop.models import Order

ATTEMPTS = 3


class Payments:
    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def charge(self, order: Order) -> str:
        answer = self._post("charges", {"customer": order.customer, "cents": order.cents})
        return str(answer["id"])

    def refund(self, charge: str) -> None:
        self._post("refunds", {"charge": charge})

    def _post(self, what: str, body: dict[str, object]) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            response = self.session.post(f"{self.url}/{what}", json=body)
            if response.status_code != 503:
                break
            back_off(attempt)
        response.raise_for_status()
        return response.json()


def back_off(attempt: int) -> None:
    time.sleep(2.0**attempt)
