"""Reads of the registry; each takes the person who asks (None: the public).

The public never sees a credit code or a note: both can lead to a person.
"""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from shuiheng.mechanisms.registry.models import NOT_PUBLIC, PublicUser, WaterUser


def list_users(
    *,
    asked_by: object | None,
    town: str = "",
    kind: str = "",
    use: str = "",
    industry: str = "",
    above_scale: bool | None = None,
    words: str = "",
) -> QuerySet[WaterUser]:
    """Return the users that fit every filter given; ``words`` search number and names."""
    users = _visible(asked_by)
    if town:
        users = users.filter(town=town)
    if kind:
        users = users.filter(kind=kind)
    if use:
        users = users.filter(use=use)
    if industry:
        users = users.filter(industry__startswith=industry)
    if above_scale is not None:
        users = users.filter(above_scale=above_scale)
    for word in words.split():
        users = users.filter(
            Q(number__icontains=word) | Q(name__icontains=word) | Q(name_en__icontains=word)
        )
    return users.order_by("number")


def get_user(*, asked_by: object | None, number: str) -> WaterUser:
    """Return the user with this number.

    :raises LookupError: if there is none
    """
    user = _visible(asked_by).filter(number=number).first()
    if user is None:
        raise LookupError(
            f"没有编号为 {number} 的用水户 / There is no water user with the number {number}."
        )
    return user


def count_users(*, asked_by: object | None, by: str) -> dict[str, int]:
    """Return how many users there are by ``town``, ``kind`` or ``use``.

    :raises ValueError: if ``by`` is none of the three
    """
    if by not in {"town", "kind", "use"}:
        raise ValueError(f"Users are counted by town, kind or use, not by {by!r}.")
    rows = WaterUser.objects.values_list(by).annotate(n=Count("id")).order_by(by)
    return dict(rows)


def _visible(asked_by: object | None) -> QuerySet[WaterUser]:
    if asked_by is None:
        # The columns are left out of the query, and a public user reads them as empty.
        return PublicUser.objects.defer(*NOT_PUBLIC)
    return WaterUser.objects.all()
