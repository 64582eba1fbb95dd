"""Imports and findings, kept for every mechanism."""

from __future__ import annotations

from django.db import models


class ImportRun(models.Model):
    """One file that was read in, and what came of it."""

    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    rows_read = models.PositiveIntegerField(default=0)
    rows_taken = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    by = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "digest"], name="import_of_one_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"


class DataFinding(models.Model):
    """A finding about data that somebody should look at; the lake keeps those of readings."""

    code = models.CharField(max_length=60, db_index=True)
    level = models.CharField(max_length=8)
    text = models.TextField()
    text_en = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    import_run = models.ForeignKey(
        ImportRun, null=True, blank=True, on_delete=models.CASCADE, related_name="findings"
    )
    found_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["level", "code", "id"]

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"
