"""What a sandbox remembers: one JSON file, replaced as a whole, or memory alone."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class State:
    """`data` is changed in place by its sandbox, which then calls `save`. `fresh` makes the seeded beginning."""

    def __init__(self, file: Path | None, fresh: Callable[[], dict[str, Any]]) -> None:
        self._file = file
        self._fresh = fresh
        if file is not None and file.exists():
            self.data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        else:
            self.reset()

    def reset(self) -> None:
        self.data = json.loads(json.dumps(self._fresh()))  # keys and tuples as they come back from a file
        self.save()

    def save(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(self.data, indent=1), encoding="utf-8")
        os.replace(draft, self._file)  # noqa: PTH105 - the atomic one
