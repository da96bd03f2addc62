"""The back office in the process's own memory: complete and quick, for tests, benchmarks and trying out.

:class:`MemoryBusiness` is the business: :mod:`.recall` has its queries, :mod:`.doing` applies what the rules
decide. :func:`factory` is for :func:`business.open_business`.
"""

from __future__ import annotations

from boss.memory.business import MemoryBusiness, factory

__all__ = ["MemoryBusiness", "factory"]
