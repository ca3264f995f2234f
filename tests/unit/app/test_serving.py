"""The listening socket of every server."""

import asyncio
import socket

from scout_app.serving import listening


def test_answers_do_not_wait_for_acknowledgements() -> None:
    async def accepted() -> bool:
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            option = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            found.set_result(bool(option))
            writer.close()

        with listening("127.0.0.1", 0) as listener:
            server = await asyncio.start_server(connected, sock=listener)
            async with server:
                await asyncio.open_connection(*listener.getsockname())
                return await found

    assert asyncio.run(accepted())
