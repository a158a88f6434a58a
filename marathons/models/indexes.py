"""What Django's indexes lack here."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.expressions import OrderBy


class NullsLastIndex(models.Index):
    """One that may say `desc(nulls_last=True)`. SQLite orders so by itself, and refuses to be told in an index."""

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **options: Any
    ) -> Any:
        if schema_editor.connection.vendor != "sqlite":
            return super().create_sql(model, schema_editor, using, **options)
        plain = models.Index(*(_untold(one) for one in self.expressions), name=self.name)
        return plain.create_sql(model, schema_editor, using, **options)


def _untold(expression: Any) -> Any:
    return OrderBy(expression.expression, descending=True) if isinstance(expression, OrderBy) else expression
