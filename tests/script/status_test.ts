/** What `status` says of ports that others change. @module */

import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { lines, results } from "../support/scripts.ts";
import { TestHost } from "../support/test_host.ts";

/** The rows of every table that a script prints, without headings, by columns. */
async function rows(text: string, ...words: string[]): Promise<string[]> {
  const printed = await lines(text, ...words);
  return printed.filter((line) => /^ +\d/.test(line)).map((line) => line.trim().replace(/ {2,}/g, " | "));
}

test("status says what a port is: unbound, bound by its peer, let go of, its peer's domain dead", async () => {
  const text = `p = alloc-unbound 1; status
    @1 q = bind-interdomain 0:$p; status
    @1 unbind $q; status
    @1 r = bind-interdomain 0:$p; status
    destroy 1; status`;
  assertEquals((await rows(text)).filter((row) => row.startsWith("27")), [
    "27 | 1:any | unbound | domain 1 | no | 0 | guest1",
    "27 | 1:any | interdomain | domain 1 port 9 | no | 0 | guest1",
    "27 | 1:any | unbound | domain 1 | no | 0 | guest1",
    "27 | 1:any | interdomain | domain 1 port 9 | no | 0 | guest1",
    "27 | 1:any | unbound | domain 1 | no | 0",
  ]);
});

test("status --json has the kind of the bind, and the state and the remote end in Xen", async () => {
  const all = await results("p = alloc-unbound 1; v = bind-virq tbuf; @1 q = bind-interdomain 0:$p; status; @1 status");
  const [own, guest] = all.filter(({ op }) => op === "status").map(({ channels }) => channels);
  assertEquals(own, [
    {
      port: 27,
      channel: "1:any",
      kind: "unbound",
      masked: false,
      events: 0,
      status: "interdomain",
      remote_domain: 1,
      remote_port: 9,
      remote_name: "guest1",
    },
    { port: 28, channel: "virq:tbuf", kind: "virq", masked: false, events: 0, status: "virq" },
  ]);
  // This guest's kernel makes no hypercalls for programs.
  assertEquals(guest, [{ port: 9, channel: "0:27", kind: "interdomain", masked: false, events: 0 }]);
});

test("where Xen cannot be asked the column says that it is what the port was bound as", async () => {
  for (const where of ["sim:linux?privcmd=no", "sim:illumos"]) {
    const printed = await lines("p = alloc-unbound 1; @1 q = bind-interdomain 0:$p; status", "-d", where);
    assertEquals(printed, [
      "PORT  CHANNEL  BOUND AS  REMOTE    MASKED  EVENTS",
      "  27  1:any    unbound   domain 1  no           0",
    ], where);
  }
});

test("a guest whose kernel makes hypercalls is told by Xen too", async () => {
  assertEquals(
    await rows("@1 p = alloc-unbound 0; q = bind-interdomain 1:$p; @1 status", "-d", "sim:linux?privcmd=unrestricted"),
    [
      "9 | 0:any | interdomain | domain 0 port 27 | no | 0",
    ],
  );
});

test("a port that Xen has closed under the handle is closed", async () => {
  const host = new TestHost();
  const ended = host.start("--simulator shell");
  const prompt = await host.prompted.promise;
  await prompt.type("p = alloc-unbound 1");
  const { hypervisor } = host.scripted[0];
  hypervisor.close(hypervisor.domain(0)!, 27);
  await prompt.type("status");
  await prompt.type(undefined);
  assertEquals(await ended, 0);
  assertEquals(host.stdout.text.split("\n").slice(-2), ["  27  1:any    closed  -       no           0", ""]);
});

test("status asks Xen about each of its ports once, however many others the domain has", async () => {
  const script = "many = alloc-unbound 2; p = alloc-unbound 1; unbind $many; status";
  const { status, stderr } = await new TestHost().run(["run", "--simulator", "--trace=ioctl", "-e", script]);
  const asked = [...stderr.matchAll(/EVTCHNOP_status, \{dom=\d+, port=(\d+)/g)].map(([, port]) => port);
  assertEquals([status, asked.filter((port) => port === "28"), asked.length <= 2], [0, ["28"], true], asked.join(" "));
});
