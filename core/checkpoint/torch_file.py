"""A file of `torch.save`, read by its zip directory and its pickle's opcodes; neither torch.load nor pickle sees it."""

import math
from typing import NoReturn

from .dimensions import check_count, check_shape, check_sizes
from .pickle_machine import Machine, PickleError
from .records import Place, TensorRecord
from .refusing import refusal, said
from .sharing import with_shares
from .source_file import SourceFile
from .state_in_pickle import FoundState, find_state
from .torch_names import CALLS, PickledTensor, StorageRecord, find_name, storage
from .zip_directory import Entry, zip_entries

_LONGEST_PICKLE = 16 * 2**20
#: All tensors together, aliases counted each, may be so many times the file: what is looked at is bounded by what came.
MOST_TIMES = 4
_SAVE_STATE = "save net.state_dict() alone, with torch.save or safetensors"
_AGAIN = "copy or save it again"


def torch_records(file: SourceFile) -> tuple[list[TensorRecord], FoundState]:
    """The tensors of a zip file of torch.save in its order, under the file's names, and where in it they lay."""
    entries = zip_entries(file)
    folder = _folder(file, entries)
    inside = {name.removeprefix(f"{folder}/"): entry for name, entry in entries.items()}
    pickle = _pickle(file, inside)
    storages: dict[str, StorageRecord] = {}
    machine = Machine(find_name, CALLS, lambda identity: _known(storages, storage(identity)))
    try:
        found = find_state(file.path, machine.run(file.part(pickle.offset, pickle.size)))
    except PickleError as error:
        raise refusal(file.path, str(error), _SAVE_STATE) from None
    check_count(file.path, len(found.tensors))
    records = [_record(file, inside, name, tensor) for name, tensor in found.tensors.items()]
    total = sum(record.nbytes for record in records)
    if total > MOST_TIMES * file.size:
        fact = f"has {file.size:,} bytes and describes tensors of {total:,}, more than {MOST_TIMES} times as many"
        _refuse(file, fact, "save clones of the tensors: repeated views are no weights")
    return with_shares(file.path, records), found


def _folder(file: SourceFile, entries: dict[str, Entry]) -> str:
    """The one folder all entries lie in."""
    tops = sorted({name.partition("/")[0] for name in entries})
    if len(tops) != 1:
        shown = ", ".join(said(top) for top in tops[:3]) or "nothing"
        _refuse(file, f"is a zip archive with {shown} at its top, where torch.save writes one folder")
    return tops[0]


def _pickle(file: SourceFile, inside: dict[str, Entry]) -> Entry:
    if "data.pkl" not in inside:
        _refuse(file, f"is a zip archive of {len(inside):,} entries without data.pkl, which torch.save writes")
    if inside["data.pkl"].size > _LONGEST_PICKLE:
        fact = f"has a pickle of {inside['data.pkl'].size:,} bytes, where at most {_LONGEST_PICKLE:,} are read"
        _refuse(file, fact, _SAVE_STATE)
    order = inside.get("byteorder")
    if order and file.part(order.offset, min(order.size, 16)) != b"little":
        _refuse(file, "was not saved in the byte order of this machine, little-endian", "save it again on such a one")
    return inside["data.pkl"]


def _known(storages: dict[str, StorageRecord], found: StorageRecord) -> StorageRecord:
    """The storage of that key as it was described first; a second description must say the same."""
    known = storages.setdefault(found.key, found)
    if (known.kind, known.numel) != (found.kind, found.numel):
        raise PickleError(f"describes the storage {said(found.key)} in two ways")
    return known


def _record(file: SourceFile, inside: dict[str, Entry], name: str, tensor: PickledTensor) -> TensorRecord:
    entry = inside.get(f"data/{tensor.storage.key}")
    if entry is None:
        _refuse(file, f"lacks the entry {said('data/' + tensor.storage.key)}, which holds {said(name)}")
    if entry.size != tensor.storage.nbytes:
        fact = f"gives the storage of {said(name)} {tensor.storage.nbytes:,} bytes, and its entry has {entry.size:,}"
        _refuse(file, fact)
    shape = check_shape(file.path, name, tensor.sizes)
    strides = check_sizes(file.path, name, tensor.strides, "row of strides")
    (first,) = check_sizes(file.path, name, (tensor.first,), "first element")
    if len(strides) != len(shape):
        _refuse(file, f"gives {said(name)} {len(shape)} sizes and {len(strides)} strides")
    size = tensor.dtype.itemsize
    last = sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True)) if math.prod(shape) else -1
    if (first + last + 1) * size > entry.size:
        _refuse(file, f"places {said(name)} up to byte {(first + last + 1) * size:,} of a storage of {entry.size:,}")
    stays = math.prod(shape) and any(n > 1 and not step for n, step in zip(shape, strides, strict=True))
    if stays or math.prod(shape) * size > entry.size:
        fact = f"gives {said(name)} the shape {list(shape)} with strides {list(strides)}: one element stands for many"
        _refuse(file, fact, "save it as tensor.contiguous()")
    place = Place(file, entry.offset + first * size, strides, tensor.conjugate, tensor.negative)
    return TensorRecord(name, shape, tensor.dtype, place=place)


def _refuse(file: SourceFile, fact: str, way_out: str = _AGAIN) -> NoReturn:
    raise refusal(file.path, fact, way_out)
