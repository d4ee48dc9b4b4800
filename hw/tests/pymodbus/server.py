"""A Modbus relay board made of pymodbus, at the far end of a serial line: what our driver talks to that we did not write.

Framing, checksums, coils, discrete inputs, registers and exceptions are pymodbus' own. Ours are the wires (two
pseudo-terminals, joined), the doors behind the relays, and the one thing that the standard does not have: a coil write at 0200 and
above with a value that is neither on nor off, which is a pulse.

    server.py SLAVE RELAYS INPUTS

Says the path of the port, then what happens: "pulse 3 300", "coil 255 off". Reads "open 3", "shut 3".
"""

import asyncio
import os
import struct
import sys
import threading
import time
import tty

from pymodbus import pymodbus_apply_logging_config
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse
from pymodbus.pdu.bit_message import WriteSingleCoilRequest, WriteSingleCoilResponse
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

PULSES = 0x0200
# Where an Eletechsup R4DIF08 has its inputs.
INPUT_REGISTERS = 0x0081

SLAVE, RELAYS, INPUTS = (int(word) for word in sys.argv[1:4])
open_doors = set()


def say(*words):
    print(*words, flush=True)


class PulseResponse(WriteSingleCoilResponse):
    """A write of a coil is answered by itself."""

    def __init__(self, request):
        super().__init__(address=request.address, dev_id=request.dev_id)
        self.value = request.value

    def encode(self):
        return struct.pack(">HH", self.address, self.value)


class WriteCoil(WriteSingleCoilRequest):
    """A coil write as pymodbus does it, and beside it the pulse of relay boards."""

    value = 0

    def decode(self, data):
        super().decode(data)
        _, self.value = struct.unpack(">HH", data[:4])

    async def datastore_update(self, context, device_id):
        if self.address < PULSES:
            response = await super().datastore_update(context, device_id)
            if not response.isError():
                say("coil", self.address, "on" if self.bits[0] else "off")
            return response
        channel = self.address - PULSES + 1
        if channel > RELAYS:
            return ExceptionResponse(self.function_code, ExcCodes.ILLEGAL_ADDRESS)
        if not 1 <= self.value <= 0x7FFF:
            return ExceptionResponse(self.function_code, ExcCodes.ILLEGAL_VALUE)
        open_doors.add(channel)
        say("pulse", channel, self.value * 100)
        return PulseResponse(self)


async def look(function, start, address, count, registers, values):
    """Before inputs are read: they are on where a door is closed."""
    if values is None and function == 2:
        for at in range(len(registers)):
            channels = range(at * 16 + 1, at * 16 + 17)
            registers[at] = sum(1 << bit for bit, channel in enumerate(channels) if channel not in open_doors)
    elif values is None and function == 3:
        for at in range(len(registers)):
            registers[at] = int(start + at - INPUT_REGISTERS + 1 not in open_doors)


def carry(source, target):
    while True:
        try:
            data = os.read(source, 256)
        except OSError:
            # Nobody has that end open now.
            time.sleep(0.005)
            continue
        os.write(target, data)


def joined_ports():
    (near, port), (far, served) = os.openpty(), os.openpty()
    paths = os.ttyname(port), os.ttyname(served)
    for end in (port, served):
        tty.setraw(end)
    # The server's end stays open; the other is its user's alone.
    os.close(port)
    for source, target in ((near, far), (far, near)):
        threading.Thread(target=carry, args=(source, target), daemon=True).start()
    return paths


def obey():
    for line in sys.stdin:
        verb, channel = line.split()
        (open_doors.add if verb == "open" else open_doors.discard)(int(channel))
    os._exit(0)


async def main():
    pymodbus_apply_logging_config("CRITICAL")
    port, served = joined_ports()
    bits = lambda count: [SimData(0, count=1, values=[False] * (-(-count // 16) * 16), datatype=DataType.BITS)]
    registers = lambda at, count: [SimData(at, count=count, values=0, datatype=DataType.REGISTERS)]
    board = SimDevice(
        SLAVE,
        simdata=(bits(256), bits(INPUTS), registers(INPUT_REGISTERS, INPUTS), registers(0, 1)),
        action=look,
    )
    server = ModbusSerialServer(board, port=served, baudrate=9600, custom_pdu=[WriteCoil])
    threading.Thread(target=obey, daemon=True).start()
    say(port)
    await server.serve_forever()


asyncio.run(main())
