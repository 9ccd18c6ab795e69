"""What happens to an order. Nothing here looks like a call that blocks."""

from __future__ import annotations

from shop.models import Order
from shop.network import resolve
from shop.payments import Payments
from shop.repository import PriceList, Repository


class Orders:
    def __init__(self, repository: Repository, payments: Payments) -> None:
        self.repository = repository
        self.payments = payments

    def place(self, order: Order) -> str:
        order.cents = PriceList(self.repository.folder).total(order)
        charge = self.payments.charge(order)
        order.paid = True
        return charge

    def cancel(self, order: Order, charge: str) -> None:
        if order.paid:
            self.payments.refund(charge)
            order.paid = False


def may_call_back(order: Order) -> bool:
    """Whether the customer's host is one that may be called: not one of ours."""
    return not resolve(order.callback_host).startswith("10.")
