"""Somebody else's hand, at the worst moment: right before a request of ours that changes something."""


class Meddled:
    """A wire before whose first change `meddle` is called once."""

    def __init__(self, wire, meddle) -> None:
        self.web = wire.web
        self._wire = wire
        self._meddle = meddle

    def call(self, method, path, *, changes=False, **more):
        if changes and self._meddle:
            meddle, self._meddle = self._meddle, None
            meddle()
        return self._wire.call(method, path, changes=changes, **more)
