"""A district with its posts, gateways to reach them by, and a Monday on which it all happens."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from pytest_django import Settings

from districts.actors import CLOCK
from districts.models import Contact, State, Unit
from districts.reach import reach_of
from notifications import outbox, receipts
from notifications.lanes import Office
from notifications.models import Attempt, Channel, Message
from tests.notifications.gateways import GatewayServer

Owe = Callable[..., list[Message]]


@pytest.fixture
def monday() -> datetime:
    return datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


@pytest.fixture
def jhunjhunu(transactional_db: None) -> Unit:
    state = State.objects.create(code="RJ", name_en="Rajasthan", name_hi="राजस्थान", languages=["hi", "en"])
    return Unit.objects.create(
        state=state,
        code="RJ-JHUNJHUNU",
        kind="district",
        name_en="Jhunjhunu",
        name_hi="झुंझुनूं",
        group=Group.objects.create(name="RJ-JHUNJHUNU"),
    )


@pytest.fixture
def control_room(jhunjhunu: Unit) -> Contact:
    return Contact.objects.create(
        unit=jhunjhunu, post="control_room", rung=1, phone="+915550000101", email="cr@police.example"
    )


@pytest.fixture
def sp(jhunjhunu: Unit) -> Contact:
    return Contact.objects.create(
        unit=jhunjhunu, post="SP", rung=3, phone="+915550000103", email="sp@police.example", language="en"
    )


@pytest.fixture
def owe(monday: datetime) -> Owe:
    """Owe something to posts, in a transaction of its own."""

    def owe(*to: tuple[Contact, str], **changes: object) -> list[Message]:
        what = {
            "topic": "case_forwarded",
            "about": "RJ-4829-1736",
            "about_id": uuid4(),
            "group": "forwarding:1",
            "once": f"test:{uuid4()}",
            "at": monday,
            "practice": False,
            "facts": {"reference": "RJ-4829-1736", "urgency": "P1"},
        } | changes
        with reach_of(CLOCK):
            return outbox.owe(to=[outbox.Addressee(*one) for one in to], **what)  # type: ignore[arg-type]  # a table

    return owe


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def sms(settings: Settings) -> Iterator[GatewayServer]:
    server = GatewayServer()
    settings.SMS_GATEWAY_URL = server.url
    yield server
    server.close()


@pytest.fixture
def voice(settings: Settings) -> Iterator[GatewayServer]:
    server = GatewayServer()
    settings.VOICE_GATEWAY_URL = server.url
    yield server
    server.close()


@pytest.fixture
def sms_2(settings: Settings) -> Iterator[GatewayServer]:
    server = GatewayServer()
    settings.SMS_GATEWAY_URL_2 = server.url
    yield server
    server.close()


@pytest.fixture
def voice_2(settings: Settings) -> Iterator[GatewayServer]:
    server = GatewayServer()
    settings.VOICE_GATEWAY_URL_2 = server.url
    yield server
    server.close()


@pytest.fixture
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second of patience instead of five."""
    monkeypatch.setattr("notifications.channels.gateway.PATIENCE_S", 0.5)


def deliver(office: Office, at: datetime, *channels: str, for_s: float = 20) -> None:
    """Deliver everything that is due at a moment."""
    office.deliver(clock=lambda: at, for_s=for_s, channels=channels or Channel.values)


def about(message: Message) -> list[Message]:
    """Return everything that was owed of the same group, oldest first."""
    with reach_of(CLOCK):
        return list(Message.objects.filter(group=message.group).order_by("created_at", "pk"))


def tries(message: Message) -> list[tuple[str, str]]:
    """Return by whom a message was tried, and what came of each try."""
    with reach_of(CLOCK):
        found = Attempt.objects.filter(message=message).order_by("number")
        return list(found.values_list("provider", "outcome"))


def hear(message: Message, status: str, *, at: datetime, key: str = "") -> Message:
    """Take a receipt of the gateway that took the message last."""
    said = receipts.Receipt(message.pk, f"p-{message.pk}", receipts.Status(status), key)
    return receipts.take(message.token, said, at=at).message


def now(message: Message) -> Message:
    """Return the message as the database has it."""
    with reach_of(CLOCK):
        return Message.objects.get(pk=message.pk)
