import { assertEquals } from "@std/assert";
import { LocalDevice } from "../../lib/handle/device.ts";
import { test } from "../support/test.ts";
import { TestHost } from "../support/test_host.ts";

test("why says who holds a VIRQ, with status 3", async () => {
  const host = new TestHost();
  assertEquals(await host.run("why timer"), {
    status: 3,
    stdout: "virq:timer: EEXIST: port 1 of this domain holds it (its usual owner: kernel)\n" +
      "hint: a kernel keeps its VIRQs as long as it runs\n",
    stderr: "",
  });
  assertEquals(host.left(), []);
});

test("why of a channel that can be bound is ok and leaves nothing bound", async () => {
  const host = new TestHost();
  assertEquals(await host.ok("why virq:tbuf"), "virq:tbuf: ok: nobody holds it: it was bound and let go again\n");
  assertEquals(host.left(), []);
});

test("why --json is one record", async () => {
  const host = new TestHost();
  const { status, stdout, stderr } = await host.run("--json why 1:3");
  assertEquals({ status, stderr, record: JSON.parse(stdout) }, {
    status: 3,
    stderr: "",
    record: {
      op: "why",
      channel: "1:3",
      result: "EINVAL",
      message: "port 3 of domain 1 is no end of a channel: it is its virq:timer on vCPU 0",
    },
  });
});

test("why with --as asks in that domain of the same simulated host", async () => {
  const host = new TestHost();
  const guest = LocalDevice.open(host.world.personality.abi.devicePath, {
    syscalls: host.world.process(1),
    abi: host.world.personality.abi,
  });
  const port = guest.allocUnbound(0);
  assertEquals(
    await host.ok(`--simulator why 1:${port}`),
    `1:${port}: ok: it waits for this domain: it was bound and let go again
hint: bound and not watched yet, a port loses no event: the first one is there when somebody reads
`,
  );
  assertEquals(await host.run(`--simulator --as 2 why 1:${port}`), {
    status: 3,
    stdout:
      `1:${port}: EINVAL: the remote port is free, is bound already, or is reserved for another domain than this one\n` +
      "hint: only the control domain sees the ports of domain 1: ask there, `evtchn why` or `evtchn list`\n",
    stderr: "",
  });
  guest.close();
});

test("why tries the bind on the descriptor of --fd", async () => {
  const host = new TestHost();
  const handle = host.exec();
  handle.restrict(5);
  const { status, stdout } = await host.run(`--fd ${handle.fd} why virq:tbuf`);
  assertEquals({ status, stdout }, {
    status: 3,
    stdout: "virq:tbuf: EACCES: this handle is restricted to one domain and may bind no VIRQ\n",
  });
});

test("why of no channel is a usage error", async () => {
  const { status, stdout } = await new TestHost().run("why nonsense");
  assertEquals({ status, stdout }, { status: 2, stdout: "" });
});
