"""A meter tree drawn as blocks: columns are levels, heights are volumes, hatching is uncounted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from shuiheng.core.metering import NodeBalance, TreeBalance, Verdict
from shuiheng.mechanisms.common.showing import show

# Below this height (px) a block gets no words; of more children the smallest are drawn as one.
LEAST_WORDS, LEAST_TWO_LINES, MOST_CHILDREN, MOST_DEPTH = 15.0, 31.0, 14, 3
SHAPES = {
    Verdict.BALANCED: "met",
    Verdict.LOSS: "behind",
    Verdict.EXCEEDED: "not_met",
    Verdict.CLOSED: "tracked",
    Verdict.CHANGED: "not_measurable",
    Verdict.MISSING: "not_measurable",
    Verdict.SUSPECT: "not_measurable",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One rectangle: its words, litres, look, and the blocks to its right."""

    name: str
    litres: int | None
    look: str
    inside: tuple[Block, ...] = ()

    @property
    def weight(self) -> int:
        """The litres its height stands for: its own, or what lies inside where that is more."""
        return max(self.litres or 0, sum(block.weight for block in self.inside), 0)


@dataclass(frozen=True, slots=True)
class TreeChart:
    """The drawing of a balance from its first node down."""

    balance: TreeBalance
    names: Mapping[tuple[str, ...], str]
    title: str
    language: str = "zh"

    @property
    def empty(self) -> bool:
        """Whether there is no volume to draw."""
        return not self.balance.nodes or not self.root.weight

    @property
    def root(self) -> Block:
        """The blocks of the whole tree."""
        nodes = {node.node: node for node in self.balance.nodes}
        return self._block(self.balance.nodes[0], nodes, 0)

    def _block(
        self, node: NodeBalance, nodes: Mapping[tuple[str, ...], NodeBalance], depth: int
    ) -> Block:
        inside: list[Block] = []
        if depth < MOST_DEPTH:
            below = sorted(
                (nodes[child] for child in node.children if child in nodes),
                key=lambda one: -(one.inflow_l or 0),
            )
            inside = [self._block(one, nodes, depth + 1) for one in below[:MOST_CHILDREN]]
            if rest := below[MOST_CHILDREN:]:
                words = _("其余 %(count)s 处") % {"count": len(rest)}
                inside.append(Block(words, sum(one.inflow_l or 0 for one in rest), "plain"))
            if (node.imbalance_l or 0) > 0:
                inside.append(Block(_("未计到"), node.imbalance_l, "gap"))
        look = "difference" if node.difference else SHAPES.get(node.verdict, "plain")
        return Block(self.names.get(node.node, node.name), node.inflow_l, look, tuple(inside))

    def wide(self) -> SafeString:
        """Draw it for a wide page."""
        return self._draw(900, "wide", 24)

    def narrow(self) -> SafeString:
        """Draw it for a phone."""
        return self._draw(360, "narrow", 30)

    def _draw(self, width: int, kind: str, line: int) -> SafeString:
        root = self.root
        height = max(180, min(760, line * _leaves(root)))
        column = (width - 2) / _depth(root)
        parts: list[str] = []
        self._place(root, (1.0, 1.0, column, height - 2.0), parts)
        return mark_safe(
            f'<svg class="plot {kind}" viewBox="0 0 {width} {height}" role="img" tabindex="0" '
            f'{self._lang(self.title)}aria-label="{escape(self.title)}">{"".join(parts)}</svg>'
        )

    def _place(
        self, block: Block, box: tuple[float, float, float, float], parts: list[str]
    ) -> None:
        x, y, width, height = box
        parts.append(self._rectangle(block, box))
        whole = block.weight
        here = y
        for inner in block.inside:
            tall = height * inner.weight / whole if whole else 0.0
            self._place(inner, (x + width, here, width, tall), parts)
            here += tall

    def _rectangle(self, block: Block, box: tuple[float, float, float, float]) -> str:
        x, y, width, height = box
        amount = "—" if block.litres is None else str(
            show(Decimal(block.litres) / 1000, "m3", language=self.language)
        )  # fmt: skip
        told = f"{block.name} {amount}"
        fill = {"gap": "url(#p-hatch)", "difference": "url(#p-estimated)"}.get(block.look, "")
        shape = (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width - 2:.1f}" '
            f'height="{max(height - 1.5, 0.6):.1f}" '
            + (f'fill="{fill}" fill-opacity="0.45"' if fill else
               'fill="currentColor" fill-opacity="0.10"')
            + ' stroke="currentColor" stroke-opacity="0.35"/>'
        )  # fmt: skip
        if block.look in SHAPES.values():
            shape += (
                f'<rect class="fill v-{block.look}" x="{x:.1f}" y="{y:.1f}" width="4" '
                f'height="{max(height - 1.5, 0.6):.1f}"/>'
            )
        words = ""
        if height >= LEAST_WORDS:
            two = height >= LEAST_TWO_LINES
            first = block.name if two else told
            words = self._text(first, x + 10, y + (15 if two else height / 2 + 4), width - 14)
            if two:
                words += self._text(amount, x + 10, y + 29, width - 14)
        return (
            f'<g class="q-measured">{shape}<title {self._lang(told)}>{escape(told)}</title>'
            f"{words}</g>"
        )

    def _text(self, text: str, x: float, y: float, room: float) -> str:
        shown, used = "", 0.0
        for letter in text:
            used += 12.6 if ord(letter) > 255 else 7.0
            if used > room:
                shown = f"{shown[:-1]}…"
                break
            shown += letter
        return f'<text {self._lang(shown)}x="{x:.1f}" y="{y:.1f}">{escape(shown)}</text>'

    def _lang(self, text: str) -> str:
        chinese = any("㐀" <= letter <= "鿿" for letter in text)
        return 'lang="zh" ' if chinese and self.language.startswith("en") else ""


def _leaves(block: Block) -> int:
    return sum(_leaves(inner) for inner in block.inside) or 1


def _depth(block: Block) -> int:
    return 1 + max((_depth(inner) for inner in block.inside), default=0)
