"""Names the devices of a trace: QEMU's events tell them apart by addresses only, which differ from run to run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from patchflow import lazy_re
from patchflow.domain.trace import Trace, TraceEvent

# Events of one kind of device, which hold the address of one: virtio_rng_request, virtio_blk_req_complete.
_OF_KIND = lazy_re.compile(r"virtio_(rng|blk|net|scsi|balloon|serial|console|gpu|input|iommu|mem|pmem|gpio)_\w+")
_ADDRESS = lazy_re.compile(r"0x[0-9a-f]{4,16}")
# What a vhost device calls itself when it starts, within the thread that just set its device's status.
_STARTED = lazy_re.compile(r"(?:0x[0-9a-f]+|\(nil\)):([\w-]{1,40})")
_SAME = {"vhost-user-fs": "virtio-fs", "virtio-user-fs": "virtio-fs", "virtio-vsock": "vhost-vsock"}
STARTS = ("vhost_dev_start", "vhost_dev_stop")
_STATUS = "virtio_set_status"
_VDEV = (_STATUS, "virtio_queue_notify", "virtio_notify", "virtio_notify_irqfd")
_READ = 50_000  # events that are looked at


def named_devices(trace: Trace) -> dict[int, str]:
    """The name of each device by its address: `virtio-rng`, `vhost-vsock`, `virtio-fs`; where several have one, with
    the address behind it; the address alone where nothing tells."""
    wanted = {name for name in trace.events.names() if _OF_KIND.fullmatch(name)} | {*_VDEV, *STARTS}
    devices: dict[int, str] = {}
    kinds: dict[int, str] = {}
    status: dict[int, int] = {}  # thread -> the device whose status it set last
    for event in islice(trace.events.chosen(wanted), _READ):
        if event.name in _VDEV:
            vdev = event.arguments.get("vdev")
            if isinstance(vdev, int):
                devices.setdefault(vdev, "")
                if event.name == _STATUS:
                    status[event.thread] = vdev
        elif event.name in STARTS:
            if (name := started_name(event)) and event.thread in status:
                devices[status[event.thread]] = name
        elif match := _OF_KIND.fullmatch(event.name):
            kinds.update(dict.fromkeys(_addresses(event), f"virtio-{match[1]}"))
    names = {vdev: name or kinds.get(vdev, "") for vdev, name in devices.items()}
    counts = Counter(names.values())
    return {
        vdev: f"{vdev:#x}" if not name else name if counts[name] == 1 else f"{name} {vdev:#x}"
        for vdev, name in names.items()
    }


def started_name(event: TraceEvent) -> str:
    """What a vhost device calls itself as it starts or stops, "" where it does not say."""
    name = event.arguments.get("name")
    if not isinstance(name, str):
        match = _STARTED.match(str(event.arguments.get("text", "")))
        name = match[1] if match else ""
    name = name if re.fullmatch(r"[\w-]{1,40}", name) else ""
    return _SAME.get(name, name)


def _addresses(event: TraceEvent) -> Iterator[int]:
    for value in event.arguments.values():
        if isinstance(value, int):
            yield value
        else:
            yield from (int(word, 16) for word in _ADDRESS.findall(value))
