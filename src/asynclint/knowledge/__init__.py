"""What we know about libraries: one TOML file a library, its schema, its loader. Read by facts and project only."""

from asynclint.knowledge.load import Knowledge
from asynclint.knowledge.schema import CallableEntry, ChangeEntry, ClassEntry, Condition, KnowledgeFile, Test

__all__ = ["CallableEntry", "ChangeEntry", "ClassEntry", "Condition", "Knowledge", "KnowledgeFile", "Test"]
