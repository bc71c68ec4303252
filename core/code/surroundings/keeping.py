"""Around an import: what it changed for everybody else is put back, and named."""

import contextlib
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import torch

from ...text import plain
from . import names, python_settings, torch_settings
from .setting import Setting

_SETTINGS = (*torch_settings.SETTINGS, *python_settings.SETTINGS)
#: So many names are listed.
_MOST_NAMES = 4
#: What is said of a setting as it is now.
_TOLD = (bool, torch.dtype, torch.device)


@dataclass
class Kept:
    """`with Kept() as kept` puts back what is changed within.

    No generator does this: a file may have replaced the built-in functions that those need.

    Attributes:
        undone: what was changed, each as a verb and its object: `said` makes words of them.
        lasting: what of that could not be put back.
    """

    undone: list[tuple[str, str]] = field(default_factory=list)
    lasting: list[tuple[str, str]] = field(default_factory=list)
    _names: names.Names = field(default_factory=names.noted)
    _before: list[tuple[Setting, Any]] = field(default_factory=lambda: [(each, each.read()) for each in _SETTINGS])

    def __enter__(self) -> "Kept":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._put_names_back(self._names.replaced())
        for setting, before in self._before:
            self._put_setting_back(setting, before)

    def _put_names_back(self, replaced: list[names.Replaced]) -> None:
        if not replaced:
            return
        for one in replaced:
            one.put_back()
        told = sorted({plain(one.name, 100) for one in replaced})
        more = len(told) - _MOST_NAMES
        kept = self.lasting if self._names.replaced() else self.undone
        kept += [("replaces", name) for name in told[:_MOST_NAMES]]
        if more > 0:
            kept.append(("replaces", f"{more} more"))

    def _put_setting_back(self, setting: Setting, before: Any) -> None:
        now: object = None
        with contextlib.suppress(Exception):  # what cannot even be read has changed
            now = setting.read()
            if not setting.changed(now, before):
                return
        value = f" to {now}" if isinstance(now, _TOLD) else ""
        try:
            setting.write(before)
            lasts = setting.changed(setting.read(), before)
        except Exception:  # whatever torch or the system says to it
            lasts = True
        (self.lasting if lasts else self.undone).append((setting.verb, f"{setting.what}{value}"))


def said(changes: list[tuple[str, str]]) -> str:
    """Changes in words, "changes torch's default dtype to torch.float64 and replaces torch.nn.init.normal_"."""
    verbs = dict.fromkeys(verb for verb, _ in changes)
    return _listed([f"{verb} {_listed([what for one, what in changes if one == verb])}" for verb in verbs])


def _listed(parts: list[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
