"""A statement as tokens of its source: for the commands and clauses that no general SQL parser knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlglot.dialects import Redshift
from sqlglot.tokens import Token, TokenType

from smartroute_runbook.standins.redshift.errors import SqlError

__all__ = ["PARAMETER", "Reader", "Text", "split"]


# $1 is a parameter, but not inside a constant, a quoted name or a comment. The tokenizer takes $1,$ for a quote.
PARAMETERS = re.compile(r"('(?:[^'\\\\]|\\\\.|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/)|\$(\d+)", re.DOTALL)
PARAMETER = re.compile(r"__parameter_(\d+)__")


class Words(Redshift.Tokenizer):  # type: ignore[misc]  # sqlglot is untyped here
    """Redshift's tokens, also of what sqlglot would leave as one piece (UNLOAD, VACUUM, EXPLAIN)."""

    COMMANDS = frozenset[TokenType]()
    KEYWORDS: ClassVar[dict[str, TokenType]] = {
        word: kind for word, kind in Redshift.Tokenizer.KEYWORDS.items() if " " not in word
    }


def split(source: str) -> list[Text]:
    """The statements of a text, separated by semicolons; ``$1`` is named ``__parameter_1__``."""
    source = PARAMETERS.sub(lambda found: found[1] or f"__parameter_{found[2]}__", source)
    texts: list[Text] = []
    tokens: list[Token] = []
    for token in Words().tokenize(source):
        if token.token_type is TokenType.SEMICOLON:
            if tokens:
                texts.append(Text(source, tokens))
            tokens = []
        else:
            tokens.append(token)
    if tokens:
        texts.append(Text(source, tokens))
    return texts


@dataclass(frozen=True)
class Text:
    """One statement's tokens, with the source they were read from."""

    source: str
    tokens: list[Token]

    @property
    def sql(self) -> str:
        """The statement without its semicolon."""
        return self.between(0, len(self.tokens))

    def between(self, start: int, stop: int) -> str:
        """The source of tokens ``start`` up to, not including, ``stop``."""
        if start >= stop:
            return ""
        return self.source[self.tokens[start].start : self.tokens[stop - 1].end + 1]

    def words(self, count: int) -> str:
        """The first tokens in lower case, separated by a blank."""
        return " ".join(token.text.lower() for token in self.tokens[:count])

    def without(self, spans: list[tuple[int, int]]) -> str:
        """The source without the given spans of tokens."""
        kept, position = [], 0
        for start, stop in sorted(spans):
            kept.append(self.between(position, start))
            position = stop
        kept.append(self.between(position, len(self.tokens)))
        return " ".join(part for part in kept if part)


class Reader:
    """Walks over a statement's tokens, as a hand-written parser does."""

    def __init__(self, text: Text, position: int = 0) -> None:
        self.text, self.position = text, position

    @property
    def done(self) -> bool:
        """Whether every token is read."""
        return self.position >= len(self.text.tokens)

    def peek(self, ahead: int = 0) -> str:
        """A token in lower case; empty at the end. Strings and quoted names never look like a word."""
        index = self.position + ahead
        if index >= len(self.text.tokens):
            return ""
        token = self.text.tokens[index]
        if token.token_type in {TokenType.STRING, TokenType.IDENTIFIER}:
            return "'" if token.token_type is TokenType.STRING else '"'
        return token.text.lower()

    def accept(self, *words: str) -> bool:
        """Reads these words if they come next."""
        if all(self.peek(ahead) == word for ahead, word in enumerate(words)):
            self.position += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Reads these words.

        Raises:
            SqlError: something else comes next.
        """
        if not self.accept(*words):
            raise self.error()

    def next(self) -> Token:
        """The next token.

        Raises:
            SqlError: the statement ends here.
        """
        if self.done:
            raise self.error()
        token = self.text.tokens[self.position]
        self.position += 1
        return token

    def string(self) -> str:
        """A quoted text constant, between apostrophes or dollars."""
        token = self.next()
        if token.token_type not in {TokenType.STRING, TokenType.HEREDOC_STRING}:
            self.position -= 1
            raise self.error()
        return token.text

    def name(self) -> str:
        """An identifier, folded to lower case as Redshift does (quoted ones too, by default)."""
        token = self.next()
        if token.token_type is not TokenType.IDENTIFIER and not (token.text[:1].isalpha() or token.text[:1] in "_#"):
            self.position -= 1
            raise self.error()
        return token.text.lower()

    def names(self) -> tuple[str, ...]:
        """A qualified name: one to three parts."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        return tuple(parts)

    def list(self, *, places: bool = False) -> list[str]:
        """``(name, name, ...)``; with ``places`` also the numbers of columns."""
        self.expect("(")
        found = [self._item(places)]
        while self.accept(","):
            found.append(self._item(places))
        self.expect(")")
        return found

    def _item(self, places: bool) -> str:
        return self.next().text if places and self.peek().isdigit() else self.name()

    def parenthesis(self) -> tuple[int, int]:
        """Skips a balanced parenthesis; the span of the tokens inside."""
        self.expect("(")
        start, depth = self.position, 1
        while depth:
            word = self.peek()
            if not word:
                raise self.error()
            depth += (word == "(") - (word == ")")
            self.position += 1
        return start, self.position - 1

    def options(self, known: Mapping[str, Callable[[Reader], object]]) -> None:
        """Reads options until the end: each begins with a known word and reads what belongs to it.

        Raises:
            SqlError: another word.
        """
        while not self.done:
            handle = known.get(self.peek())
            if handle is None:
                raise self.error()
            self.position += 1
            handle(self)

    def skip(self, *words: str) -> None:
        """Reads any one of these words if it comes next."""
        if self.peek() in words:
            self.position += 1

    def error(self) -> SqlError:
        """The syntax error at this place."""
        if self.done:
            return SqlError("42601", "syntax error at end of input")
        return SqlError("42601", f'syntax error at or near "{self.text.tokens[self.position].text}"')
