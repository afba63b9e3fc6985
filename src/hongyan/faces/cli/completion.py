"""`completion bash|zsh`: a script that completes commands, their actions and options, generated from the parsers.

Never: asks the instance. The script holds everything, so that completing takes no process of ours.
Usage: `source <(./hongyan completion bash)`.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator

from hongyan.faces.cli.django import set_up_django
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import COMMANDS, Namespace, Parser, Subparsers

COMMON = ("--dir", "--json", "--help")
#: Metavariables after which a file's name comes.
_FILES = frozenset(("FILE", "FILE.xlsx", "PATH.xlsx", "FILE.pem", "DIR", "CERT", "KEY"))


def register(sub: Subparsers) -> None:
    parser = sub.add_parser("completion", help="a completion script for your shell")
    parser.add_argument("shell", choices=("bash", "zsh"))
    parser.set_defaults(run=run)


def run(args: Namespace, out: Output) -> None:
    text = script(args.shell)
    out.result({"shell": args.shell, "script": text}, text)


def script(shell: str) -> str:
    """For zsh the same function, through its own bridge to bash's completion."""
    words = "\n".join(
        f"    {_pattern(path)}) echo {_quoted(' '.join(found))} ;;" for path, found in sorted(tree().items())
    )
    head = _ZSH if shell == "zsh" else ""
    return head + _SCRIPT.replace("@WORDS@", words).replace("@TAKES@", _takes())


def _pattern(path: tuple[str, ...]) -> str:
    return _quoted("/".join(path))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def tree() -> dict[tuple[str, ...], list[str]]:
    """For each path of command and actions, the words that may come next."""
    found: dict[tuple[str, ...], list[str]] = {(): [*(command.name for command in COMMANDS), *COMMON, "--version"]}
    for path, parser in _parsers():
        found[path] = [*_next(parser), *COMMON]
    return found


def _parsers() -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    set_up_django()
    for module in dict.fromkeys(command.module for command in COMMANDS):
        top = Parser()
        importlib.import_module(f"hongyan.faces.cli.{module}").register(top.add_subparsers())
        yield from list(_below((), top))[1:]


def _below(
    path: tuple[str, ...], parser: argparse.ArgumentParser
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    yield path, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from _below((*path, name), child)


def _next(parser: argparse.ArgumentParser) -> list[str]:
    words: list[str] = []
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        if isinstance(action, argparse._SubParsersAction) or (action.choices and not action.option_strings):
            words += [str(choice) for choice in action.choices or ()]
        words += [option for option in action.option_strings if option.startswith("--")]
    return words


def _takes() -> str:
    """Options with a value: its choices, or `FILE` when it is a file's name."""
    values: dict[str, set[str]] = {"--dir": {"FILE"}}
    for _, parser in _parsers():
        for action in parser._actions:
            if action.option_strings and action.nargs != 0:
                known = [str(choice) for choice in action.choices or ()]
                named = ["FILE"] if str(action.metavar) in _FILES else []
                for option in action.option_strings:
                    values.setdefault(option, set()).update(known or named)
    return "\n".join(
        f"    {_quoted(option)}) echo {_quoted(' '.join(sorted(v)))} ;;" for option, v in sorted(values.items())
    )


_ZSH = """\
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u -D }
autoload -U +X bashcompinit && bashcompinit
"""
_SCRIPT = """\
# Completion for hongyan. Made by: hongyan completion bash|zsh

_hongyan_words() {
  case "$1" in
@WORDS@
    *) return 1 ;;
  esac
}

_hongyan_takes() {
  case "$1" in
@TAKES@
    *) return 1 ;;
  esac
}

_hongyan() {
  local current="${COMP_WORDS[COMP_CWORD]}" path="" word previous="" index values
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="${COMP_WORDS[index]}"
    if [[ -n "$previous" ]] && _hongyan_takes "$previous" > /dev/null; then
      previous=""
      continue
    fi
    previous="$word"
    if [[ "$word" != -* ]] && _hongyan_words "${path:+$path/}$word" > /dev/null; then
      path="${path:+$path/}$word"
    fi
  done
  if values="$(_hongyan_takes "$previous")"; then
    if [[ "$values" == FILE ]]; then
      COMPREPLY=($(compgen -f -- "$current"))
    else
      COMPREPLY=($(compgen -W "$values" -- "$current"))
    fi
    return 0
  fi
  COMPREPLY=($(compgen -W "$(_hongyan_words "$path")" -- "$current"))
  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}

complete -o filenames -F _hongyan hongyan ./hongyan
"""
