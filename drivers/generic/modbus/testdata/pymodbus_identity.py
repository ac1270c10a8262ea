"""A Modbus TCP server with a device identification, for the driver's tests.

It looks like the example isolation room monitor. It listens on a free port of the loopback interface and prints
"port N" once it does. It ends when its standard input does.

    /usr/bin/python3 pymodbus_identity.py SERIAL [VENDOR]
"""
import asyncio
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server.async_io import ModbusTcpServer


def text(words, address, length, value):
    """Lays value out in registers, high byte first."""
    data = value.encode().ljust(length, b"\0")
    for i in range(0, length, 2):
        words[address + i // 2] = data[i] << 8 | data[i + 1]


async def main():
    identity = ModbusDeviceIdentification()
    identity.VendorName = sys.argv[2] if len(sys.argv) > 2 else "Example Works"
    identity.ProductCode = "EX-ROOM" if len(sys.argv) < 3 else "P" * 200
    identity.MajorMinorRevision = "3.0"
    inputs = {0: 0x10000 - 146, 20: 0, 21: 777}
    text(inputs, 100, 12, sys.argv[1])
    text(inputs, 110, 8, "fw 9")
    device = ModbusSlaveContext(
        hr=ModbusSparseDataBlock({0: 0x10000 - 150, 1: 0x10000 - 250, 2: 0x10000 - 50, 3: 30, 4: 60}),
        ir=ModbusSparseDataBlock(inputs),
        co=ModbusSparseDataBlock({0: True}),
        di=ModbusSparseDataBlock({0: False}),
        zero_mode=True,
    )
    server = ModbusTcpServer(
        ModbusServerContext(slaves={1: device}, single=False), identity=identity, address=("127.0.0.1", 0)
    )
    task = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print("port", server.server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    task.cancel()
    await server.server_close()


asyncio.run(main())
