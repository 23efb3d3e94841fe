import { assertEquals } from "@std/assert";
import { outcome } from "../support/simulated.ts";
import { test } from "../support/test.ts";
import { connected, refused } from "../support/handles.ts";

test("read prints the ports of one read, a line each, and unmasks nothing", async () => {
  const { host, handle, on, sender, hearer } = connected();
  const other = handle.bindInterdomain(0, handle.allocUnbound(0));
  handle.notify(sender);
  assertEquals(await host.ok(`${on} read`), `${other}\n${hearer}\n`);
  handle.notify(sender);
  assertEquals(await host.run(`${on} read`), refused("read: Cannot read events: EAGAIN", "no event is waiting"));
});

test("read takes at most the given bytes", async () => {
  const { host, handle, on, sender, hearer } = connected();
  const other = handle.bindInterdomain(0, handle.allocUnbound(0));
  handle.notify(sender);
  assertEquals(await host.ok(`${on} --json read 3`), '{"op":"read","ports":[]}\n');
  assertEquals(await host.ok(`${on} read 0`), "");
  assertEquals(await host.ok(`${on} --json read 7`), `{"op":"read","ports":[${other}]}\n`);
  assertEquals(await host.ok(`${on} --json read 0x1000`), `{"op":"read","ports":[${hearer}]}\n`);
});

test("read of a handle that overflowed has a hint about reset", async () => {
  const { host, handle, on, sender, hearer } = connected();
  for (let i = 0; i < 65; i++) {
    handle.notify(sender);
    handle.write(hearer);
  }
  assertEquals(
    await host.run(`${on} read`),
    refused(
      "read: Cannot read events: EFBIG",
      "the ring overflowed and events were lost: `evtchn reset --unmask` brings the handle back",
    ),
  );
  assertEquals(await host.ok(`${on} poll --events all`), "POLLERR\n");
  await host.ok(`${on} reset --unmask`);
  handle.notify(sender);
  assertEquals(await host.ok(`${on} read`), `${hearer}\n`);
});

test("poll prints the returned events on one line", async () => {
  const { host, handle, on, sender } = connected();
  assertEquals(await host.ok(`${on} poll`), "\n");
  assertEquals(await host.ok(`${on} --json poll`), '{"op":"poll","revents":[]}\n');
  handle.notify(sender);
  assertEquals(await host.ok(`${on} poll`), "POLLIN POLLRDNORM\n");
  assertEquals(
    await host.ok(`${on} --json poll --events all`),
    '{"op":"poll","revents":["POLLIN","POLLOUT","POLLRDNORM","POLLWRNORM"]}\n',
  );
});

test("poll waits until --timeout, an event or a signal", async () => {
  const { host, handle, on, sender } = connected();
  const poll = () => host.start(`${on} poll --timeout 5s`);
  let ended = poll();
  await host.clock.asleep();
  host.clock.advance(4999);
  assertEquals(await outcome(ended), "waiting");
  host.clock.advance(1);
  assertEquals([await ended, host.stdout.take()], [0, "\n"]);
  ended = poll();
  await host.clock.asleep();
  handle.notify(sender);
  assertEquals([await ended, host.stdout.take()], [0, "POLLIN POLLRDNORM\n"]);
  handle.read();
  ended = poll();
  await host.clock.asleep();
  host.signal("SIGINT");
  assertEquals([await ended, host.stdout.take(), host.stderr.take()], [130, "", ""]);
});
