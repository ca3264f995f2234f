"""Office documents as what they are: archives of XML parts that name each other (Open Packaging Conventions).

Elements and attributes are told by their local names: the transitional and the strict formats differ in namespaces
only. Parts that are named but missing are passed over, as Office itself does.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from lxml import etree

from scout_ocr.convert.archive import Archive
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import Block, Figure, ParsedPage
from scout_ocr.convert.picture_budget import PictureBudget
from scout_ocr.errors import BadDocument

Element: TypeAlias = Any  # lxml tells mypy nothing
_DECLARED = "{} inside the document declares a document type, as no Office program does"
_DECLARATIONS = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


@dataclass(frozen=True, kw_only=True)
class Relation:
    """kind: the last part of its type (image, header, hyperlink ...). target: name of a part, or an address."""

    kind: str
    target: str
    external: bool


class Package:
    """The parts of one document. Raises TooLarge, Encrypted, BadDocument."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._archive = Archive(data, limits)
        self._pictures = PictureBudget(limits)
        self._relations: dict[str, dict[str, Relation]] = {}
        self.names = frozenset(self._archive.names)

    def xml(self, name: str) -> Element | None:
        """Root of a part; None where it is missing."""
        data = self._archive.read(name)
        return None if data is None else parsed(data, name)

    def relations(self, name: str) -> dict[str, Relation]:
        """What a part names, by id; "" for the package itself."""
        if name not in self._relations:
            folder, file = posixpath.split(name)
            root = self.xml(posixpath.join(folder, "_rels", file + ".rels"))
            found = () if root is None else root.iter("{*}Relationship")
            self._relations[name] = {element.get("Id", ""): _relation(element, folder) for element in found}
        return self._relations[name]

    def related(self, name: str, kind: str) -> list[str]:
        """Names of the parts of a kind that a part names, in its order."""
        found = (relation for relation in self.relations(name).values() if relation.kind == kind)
        return [relation.target for relation in found if relation.target in self.names]

    @property
    def main(self) -> str:
        """Name of the part that everything hangs on."""
        found = self.related("", "officeDocument")
        if not found:
            raise BadDocument("the document has no main part: it is damaged")
        return found[0]

    def refuse_declarations(self) -> None:
        """For parsers that are not ours: no XML part may declare entities, in whichever of its encodings."""
        for name in self.names:
            data = self._archive.read(name) if name.endswith((".xml", ".rels")) else None
            if data and any(mark in data for mark in _DECLARATIONS):
                raise BadDocument(_DECLARED.format(name))

    def figure(self, name: str, relation: str, description: str = "") -> Figure:
        """The picture that a part shows by the id of a relation, not yet opened."""
        found = self.relations(name).get(relation)
        part = "" if found is None or found.external else found.target
        return Figure(part=part, description=description)

    def pieces(self, number: int, blocks: Iterable[Block], warnings: tuple[str, ...] = ()) -> Iterator[ParsedPage]:
        """A page of these blocks; each figure is opened when its piece is due, and ends it. Raises TooLarge."""
        waiting: list[Block] = []
        for block in blocks:
            waiting.append(self._opened(block))
            if isinstance(waiting[-1], Figure) and waiting[-1].pixels is not None:
                yield ParsedPage(number=number, blocks=tuple(waiting))
                waiting.clear()
        yield ParsedPage(number=number, blocks=tuple(waiting), warnings=warnings + self._pictures.warnings())

    def _opened(self, block: Block) -> Block:
        if not isinstance(block, Figure) or not block.part:
            return block
        data = self._archive.read(block.part)
        return replace(block, pixels=None if data is None else self._pictures.opened(data), part="")


def parsed(data: bytes, name: str) -> Element:
    """Root of an XML document. Entities and what they would fetch are never looked at. Raises BadDocument."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadDocument(f"{name} inside the document is damaged: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise BadDocument(_DECLARED.format(name))
    return root


def local(element: Element) -> str:
    """Name without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element | None, name: str, *, prefixed: bool = False) -> str:
    """An attribute by its local name, "" where it is not there. prefixed: not the one without a namespace."""
    if element is None:
        return ""
    plain = element.get(name)
    if plain is not None and not prefixed:
        return str(plain)
    return next((str(value) for key, value in element.attrib.items() if str(key).endswith("}" + name)), "")


def first(element: Element | None, *path: str) -> Element | None:
    """Child by local names, one below the other."""
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if local(child) == name), None)
    return element


def children(element: Element | None) -> Iterator[Element]:
    """Children; of alternatives for different programs the first only; of content controls what they hold."""
    for child in element if element is not None else ():
        name = local(child)
        if name == "AlternateContent":
            yield from children(next(iter(child), None))
        elif name == "sdt":
            yield from children(first(child, "sdtContent"))
        elif name in ("Choice", "Fallback", "smartTag", "ins", "moveTo", "customXml", "fldSimple", "bdo", "dir"):
            yield from children(child)
        elif name:
            yield child


def inside(element: Element, *names: str) -> Iterator[Element]:
    """Descendants of these names, outermost only, of alternatives the first."""
    for child in children(element):
        if local(child) in names:
            yield child
        else:
            yield from inside(child, *names)


def _relation(element: Element, folder: str) -> Relation:
    target = element.get("Target", "")
    external = element.get("TargetMode") == "External"
    if not external:
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return Relation(kind=element.get("Type", "").rpartition("/")[2], target=target, external=external)
