"""Laws of the fingerprint of an architecture, and of differences, for random graphs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, given
from hypothesis import strategies as st

from registry.comparing.difference import difference
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.fingerprints import architecture
from tests.drawing.graphs import graph_of
from tests.examples import examples

few = examples(60)


@dataclass(frozen=True)
class Layer:
    """A dense layer on one source, or a concatenation of several; sources are earlier layers, -1 the loader."""

    sources: tuple[int, ...]
    units: int
    activation: str

    def text(self, name: str, names: list[str]) -> str:
        """Return the layer as an entry of a graph."""
        sources = [names[source] if source >= 0 else "event.features" for source in self.sources]
        if len(sources) > 1:
            return f"  {name}: {{use: concatenate, in: [{', '.join(sources)}]}}\n"
        parameters = f"{{units: [{self.units}], activation: {self.activation}}}"
        return f"  {name}: {{use: dense_loop, in: {sources[0]}, with: {parameters}}}\n"


@st.composite
def graphs(draw: st.DrawFn) -> list[Layer]:
    """Draw a dense layer and up to five others; the last layer depends on all of them."""
    layers: list[Layer] = []
    for number in range(draw(st.integers(1, 6))):
        count = draw(st.sampled_from((1, 1, 2))) if layers else 1
        sources = tuple(draw(st.integers(-1, number - 1)) for _ in range(count))
        layers.append(Layer(sources, draw(st.sampled_from((4, 8))), draw(st.sampled_from(("relu", "elu")))))
    return [*layers, Layer((*range(len(layers)), -1), 4, "relu")]


def opened(layers: list[Layer], names: list[str], order: list[int]) -> CheckedGraph:
    """Open the graph of the layers, named and in the order given."""
    entries = "".join(layers[number].text(names[number], names) for number in order)
    text = f"blocks:\n  event: {{use: showers}}\n{entries}outputs: {{x: {names[-1]}}}\n"
    with TemporaryDirectory() as folder:
        return graph_of(text, Path(folder))


def plain(layers: list[Layer]) -> CheckedGraph:
    """Open the graph of the layers under plain names, in order."""
    return opened(layers, [f"n{number}" for number in range(len(layers))], list(range(len(layers))))


def differ(before: list[Layer], after: list[Layer]) -> bool:
    """Say whether both the fingerprint and the difference tell two graphs apart."""
    first, second = plain(before), plain(after)
    told = architecture(first) != architecture(second)
    assert told is not difference(first, second).equal
    return told


@few
@given(graphs(), st.data())
def test_names_and_order_make_no_difference(layers: list[Layer], data: st.DataObject) -> None:
    numbers = list(range(len(layers)))
    # Names that are those of other layers in the plain graph are the hardest.
    names = [f"n{number}" for number in data.draw(st.permutations(numbers))]
    other = opened(layers, names, data.draw(st.permutations(numbers)))
    assert architecture(other) == architecture(plain(layers))
    assert difference(plain(layers), other).equal


@few
@given(graphs(), st.data())
def test_every_other_parameter_makes_a_difference(layers: list[Layer], data: st.DataObject) -> None:
    number = data.draw(st.sampled_from([number for number, layer in enumerate(layers) if len(layer.sources) == 1]))
    units = replace(layers[number], units=layers[number].units + 1)
    activation = replace(layers[number], activation="tanh")
    for changed in (units, activation):
        assert differ(layers, [*layers[:number], changed, *layers[number + 1 :]])


@few
@given(graphs(), st.data())
def test_every_other_wire_makes_a_difference(layers: list[Layer], data: st.DataObject) -> None:
    # Layers of equal parameters could stand for one another: here, each has a number of units of its own.
    told = [replace(layer, units=10 + number) for number, layer in enumerate(layers)]
    number = data.draw(st.integers(0, len(told) - 1))
    place = data.draw(st.integers(0, len(told[number].sources) - 1))
    sources = [*told[number].sources]
    sources[place] = data.draw(st.integers(-1, number - 1))
    assume(sources[place] != told[number].sources[place])
    changed = replace(told[number], sources=tuple(sources))
    assert differ(told, [*told[:number], changed, *told[number + 1 :]])
