"""The ledger of a user, read as src/store/ledger.c writes it."""
import hashlib
import struct
from dataclasses import dataclass

SLOT, STRIDE, HASH = 1024, 4096, 32
HEAD = struct.Struct("<8sIIQ128s")
DEVICE = struct.Struct("<16sqiIIq")
DOOR = struct.Struct("<Iqq")
DEVICES, DOORS = 8, 2


@dataclass
class Slot:
    generation: int
    last_steps: list                    # of the devices that there are
    failures: list                      # wrong codes, by door
    until: list                         # codes are refused, by door


def parse_slot(octets):
    """The slot; None where it is not whole."""
    head = HEAD.unpack_from(octets)
    whole = hashlib.sha256(octets[:-HASH]).digest() == octets[-HASH:]
    if not whole or head[0] != b"mfaledg\0":
        return None
    at = HEAD.size
    devices = [DEVICE.unpack_from(octets, at + i * DEVICE.size)
               for i in range(DEVICES)]
    at += DEVICES * DEVICE.size
    doors = [DOOR.unpack_from(octets, at + i * DOOR.size)
             for i in range(DOORS)]
    return Slot(head[3], [d[1] for d in devices if any(d[0])],
                [d[0] for d in doors], [d[2] for d in doors])


def slots(octets):
    return [parse_slot(octets[i * STRIDE:i * STRIDE + SLOT]) for i in (0, 1)]


def newest(octets):
    """The slot that counts."""
    return max((s for s in slots(octets) if s is not None),
               key=lambda s: s.generation)
