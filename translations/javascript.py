"""The texts in JavaScript code: string literals, and template literals with numbers for what is put into them.

Literals with a plus between them are one text, as the code only breaks a long line there.
"""

from __future__ import annotations

import re

_BEFORE_REGEX = "(,=:[!&|?{};\n"  # a slash after one of these begins a regular expression
_ESCAPES = {"n": "\n", "t": "\t"}


def literals(code: str) -> list[str]:
    """All string and template literals in their order; what a template puts in stands as {0}, {1} and so on."""
    return _Scanner(code).found()


class _Scanner:
    def __init__(self, code: str) -> None:
        self.code = code
        self.texts: list[str] = []
        self.joins = False  # whether a literal that comes now continues the last text

    def found(self) -> list[str]:
        at, last = 0, "\n"
        while at < len(self.code):
            at, last = self._next(at, last)
        return self.texts

    def _next(self, at: int, last: str) -> tuple[int, str]:
        """Read one token from `at`; returns where the next begins, and the last sign that was no space."""
        code, sign = self.code, self.code[at]
        if code.startswith("//", at):
            return _after(code, "\n", at), last
        if code.startswith("/*", at):
            return _after(code, "*/", at), last
        if sign in "\"'`":
            joins = self.joins
            text, end = self._template(at) if sign == "`" else self._string(at)
            self.texts.append(self.texts.pop() + text if joins and "{0}" not in text else text)
            return end, sign
        self.joins = (self.joins and sign.isspace()) or (sign == "+" and last in "\"'`")
        if sign == "/" and last in _BEFORE_REGEX:
            return self._regex(at), "/"
        return at + 1, last if sign.isspace() else sign

    def _string(self, at: int) -> tuple[str, int]:
        quote, end, text = self.code[at], at + 1, ""
        while self.code[end] != quote:
            part, end = self._sign(end)
            text += part
        return text, end + 1

    def _template(self, at: int) -> tuple[str, int]:
        end, text, count = at + 1, "", 0
        while self.code[end] != "`":
            if self.code.startswith("${", end):
                inside_end = self._expression(end + 2)
                self.texts += literals(self.code[end + 2 : inside_end - 1])
                text, end, count = f"{text}{{{count}}}", inside_end, count + 1
            else:
                part, end = self._sign(end)
                text += part
        return text, end + 1

    def _sign(self, at: int) -> tuple[str, int]:
        """One sign of a literal, which may be escaped, and where the next begins."""
        if self.code[at] != "\\":
            return self.code[at], at + 1
        return _ESCAPES.get(self.code[at + 1], self.code[at + 1]), at + 2

    def _expression(self, at: int) -> int:
        """Where an expression in a template ends, after its closing brace."""
        depth = 1
        while depth:
            sign = self.code[at]
            if sign in "\"'":
                at = self._string(at)[1]
            elif sign == "`":
                at = _Scanner(self.code)._template(at)[1]
            else:
                depth += (sign == "{") - (sign == "}")
                at += 1
        return at

    def _regex(self, at: int) -> int:
        found = re.compile(r"/(?:\\.|\[(?:\\.|[^\]])*\]|[^/\\\[])+/\w*").match(self.code, at)
        return found.end() if found else at + 1


def _after(code: str, end: str, at: int) -> int:
    found = code.find(end, at)
    return len(code) if found < 0 else found + len(end)
