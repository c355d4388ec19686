"""A model around another: what it is stays the same, what is asked of it does not."""

from careline.ports import Model


class Around:
    """The half of a `careline.ports.Model` that is the inner model's own."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def hosted(self) -> bool:
        return self._model.hosted

    @property
    def vision(self) -> bool:
        return self._model.vision

    async def close(self) -> None:
        await self._model.close()
