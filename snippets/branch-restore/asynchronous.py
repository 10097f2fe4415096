import asyncio

from neon_restore import AsyncNeon

POINT = "2026-11-20T14:31:00Z"


async def main() -> None:
    async with AsyncNeon() as neon:
        print(await neon.restore("production", at=POINT))


asyncio.run(main())
