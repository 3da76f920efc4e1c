"""The mutants of a module: each is its code with one small change, such as ``<`` for ``<=``."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
"""What stands in for an operator or a statement."""
NAMES = {"min": "max", "any": "all", "minimum": "maximum", "floor": "ceil", "argmin": "argmax", "least": "greatest"}
NAMES |= {other: name for name, other in NAMES.items()}
"""What stands in for a function."""
LONGEST = 120


@dataclass(frozen=True)
class Mutant:
    """``scope``: the function or class that holds the change, empty for the module; ``change``: before and after."""

    line: int
    scope: str
    change: str
    code: CodeType


@dataclass(frozen=True)
class Slot:
    """A place in the tree: a field of ``parent``, and the index where the field is a list."""

    parent: ast.AST
    place: str
    at: int | None
    scope: str

    @property
    def node(self) -> ast.AST:
        held = getattr(self.parent, self.place)
        found: ast.AST = held if self.at is None else held[self.at]
        return found

    @property
    def line(self) -> int:
        """An operator has no line of its own."""
        return int(getattr(self.node, "lineno", getattr(self.parent, "lineno", 0)))

    def put(self, other: ast.AST | None) -> None:
        """Replace the node; ``None`` takes it out of its list."""
        if self.at is None:
            setattr(self.parent, self.place, other)
        else:
            getattr(self.parent, self.place)[self.at : self.at + 1] = [] if other is None else [other]

    def back(self, node: ast.AST, other: ast.AST | None) -> None:
        if other is None and self.at is not None:
            getattr(self.parent, self.place).insert(self.at, node)
        else:
            self.put(node)


def mutants(source: str, name: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines; ``name`` is the path that tracebacks show."""
    tree = ast.parse(source, name)
    for slot in sorted(_slots(tree, ""), key=lambda slot: slot.line):
        node = slot.node
        for other in _alternatives(node):
            line, before = slot.line, _shown(slot, node)
            slot.put(ast.copy_location(other, node) if other is not None else None)
            after = _shown(slot, other)
            code = compile(ast.fix_missing_locations(tree), name, "exec")
            slot.back(node, other)
            yield Mutant(line, slot.scope, f"{before} → {after}", code)


def _slots(parent: ast.AST, scope: str) -> Iterator[Slot]:
    """Every place whose change would change behaviour: no annotations, decorators or words of an error."""
    if isinstance(parent, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    named = isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    scope = f"{scope}.{parent.name}".lstrip(".") if named else scope  # type: ignore[attr-defined]
    left_out = {"annotation", "returns", "decorator_list", "type_params", "ctx"} | (
        {"exc", "cause"} if isinstance(parent, ast.Raise) else {"bases", "keywords"} if named else set()
    )
    for place, held in ast.iter_fields(parent):
        if place in left_out:
            continue
        for at, node in enumerate(held) if isinstance(held, list) else [(None, held)]:
            if isinstance(node, ast.AST):
                yield Slot(parent, place, at, scope)
                yield from _slots(node, scope)


def _alternatives(node: ast.AST) -> Iterator[ast.AST | None]:
    if type(node) in SWAPPED:
        yield SWAPPED[type(node)]()
    elif isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in _other_constants(node.value))
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.If | ast.While):
        yield type(node)(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.Return) and not (node.value is None or _is_none(node.value)):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.stmt) and _is_droppable(node):
        yield ast.Pass()


def _other_constants(value: object) -> list[bool | int | float]:
    """The next ones up and down; a tenth more or less of a fraction; words stay."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1] if value > 0 else [value + 1]
    if isinstance(value, float):
        return [value * 1.1, value * 0.9] if value else [1.0]
    return []


def _other_calls(call: ast.Call) -> Iterator[ast.AST]:
    """With another function of its kind, and without each of its keywords."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in NAMES:
        func = (
            ast.Attribute(call.func.value, NAMES[name], ast.Load())
            if isinstance(call.func, ast.Attribute)
            else ast.Name(NAMES[name], ast.Load())
        )
        yield ast.Call(func, call.args, call.keywords)
    for at, keyword in enumerate(call.keywords):
        if keyword.arg is not None:
            yield ast.Call(call.func, call.args, [*call.keywords[:at], *call.keywords[at + 1 :]])


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_droppable(node: ast.stmt) -> bool:
    """A statement without which the rest can still run: a call, a raise, a change of what is there already."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant | ast.Yield | ast.YieldFrom)
    if isinstance(node, ast.Assign):
        return any(
            not isinstance(target, ast.Name)
            or target.id in {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            for target in node.targets
            if not isinstance(target, ast.Tuple)
        )
    return isinstance(node, ast.AugAssign | ast.Raise | ast.Delete)


def _shown(slot: Slot, node: ast.AST | None) -> str:
    """The expression around it where that is short, else the node alone."""
    around = (
        " ".join(ast.unparse(slot.parent).split())
        if isinstance(slot.parent, ast.expr | ast.Assign | ast.keyword | ast.arguments)
        else ""
    )
    alone = " ".join(ast.unparse(node).split()) if isinstance(node, ast.expr | ast.stmt) else around
    shown = around if 0 < len(around) <= LONGEST else alone
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
