/** The output of `decode`. @module */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { TestHost } from "../support/test_host.ts";
import { test } from "../support/test.ts";

const DUMP = `(XEN) 'e' pressed -> dumping event-channel info
(XEN) Event channel information for domain 0:
(XEN) Polling vCPUs: {}
(XEN)     port [p/m/s]
(XEN)       22 [1/1/  -   ]: s=5 n=0 x=0 v=3
(XEN)       26 [0/1/  -   ]: s=3 n=1 x=0 d=1 p=8
(XEN) Event channel information for domain 1:
(XEN)        8 [0/0/  -   ]: s=3 n=0 x=0 d=0 p=26
`;

const STUCK = "an event waits and the port is masked: its consumer was told of the last one and has not unmasked since";

/** A host with these files. */
function reading(texts: Readonly<Record<string, string>>): TestHost {
  const host = new TestHost();
  Object.assign(host.files, texts);
  return host;
}

test("decode prints a table for each domain and names what looks stuck, with status 3", async () => {
  const { status, stdout, stderr } = await reading({ "-": DUMP }).run("decode");
  assertEquals([status, stderr], [3, ""]);
  assertEquals(
    stdout,
    `Domain 0: 2 ports
PORT  VCPU  STATE        PENDING  MASKED  BOUND TO
  22     0  virq         pending  masked  virq:dom_exc
  26     1  interdomain  -        masked  domain 1 port 8
port 22: ${STUCK}

Domain 1: 1 port
PORT  VCPU  STATE        PENDING  MASKED  BOUND TO
   8     0  interdomain  -        -       domain 0 port 26
`,
  );
});

test("decode prints a record for each port", async () => {
  const { status, stdout } = await reading({ "dump": DUMP }).run("decode --json dump");
  assertEquals(status, 3);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.map((line) => JSON.parse(line)), [
    {
      op: "decode",
      domain: 0,
      port: 22,
      status: "virq",
      vcpu: 0,
      virq: "dom_exc",
      pending: true,
      masked: true,
      stuck: STUCK,
    },
    {
      op: "decode",
      domain: 0,
      port: 26,
      status: "interdomain",
      vcpu: 1,
      remote_domain: 1,
      remote_port: 8,
      pending: false,
      masked: true,
    },
    {
      op: "decode",
      domain: 1,
      port: 8,
      status: "interdomain",
      vcpu: 0,
      remote_domain: 0,
      remote_port: 26,
      pending: false,
      masked: false,
    },
  ]);
});

test("decode reports what it left out", async () => {
  const text = `(XEN) 5 [0/0/ - ]: s=6 n=0 x=0\n${DUMP}${DUMP}(XEN) 9 [0/0/ - ]: s=77 n=0 x=0\n`;
  const { status, stdout, stderr } = await reading({ "-": text }).run("decode -");
  assertEquals(status, 3);
  assertStringIncludes(stdout, "Domain 0: 2 ports");
  assertEquals(stderr, "evtchn: decode: the last of 2 dumps is shown\nevtchn: decode: cannot read line 18\n");
});

test("decode of the end of a dump says that its start is cut off", async () => {
  const { stdout, stderr } = await reading({ "-": DUMP.split("\n").slice(4).join("\n") }).run("decode");
  assertEquals(stdout.split("\n")[0], "Domain 1: 1 port");
  assertEquals(stderr, "evtchn: decode: 2 ports stand above the first heading: the dump's start is cut off\n");
});

test("decode shows reserved ports and those that Xen takes itself", async () => {
  const dump = `Event channel information for d3:
    1 [0/0/0]: s=1 n=0 x=0
    2 [0/0/0]: s=3 n=0 x=1 d=0 p=40
`;
  assertStringIncludes(
    await reading({ "-": dump }).ok("decode"),
    `   1     0  reserved     -        -\n   2     0  interdomain  -        -       domain 0 port 40, Xen takes its events\n`,
  );
});

test("decode of a text without a dump is a usage error", async () => {
  assertEquals(await reading({ "-": "nothing" }).run("decode"), {
    status: 2,
    stdout: "",
    stderr: "evtchn: decode: Cannot decode the input: there is no dump of event channels in it\n" +
      "hint: in dom0, `xl debug-keys e; xl dmesg | evtchn decode`\n",
  });
  assertEquals(
    (await reading({}).run("decode missing")).stderr.split("\n")[0],
    'evtchn: decode: Cannot read "missing": there is no such file',
  );
});

test("decode prints only the heading of a domain without ports", async () => {
  const dump = "Event channel information for domain 3:\nEvent channel information for domain 4:\n" +
    "    1 [0/0/0]: s=1 n=0 x=1\n";
  assertEquals(
    await reading({ "-": dump }).ok("decode"),
    `Domain 3: 0 ports

Domain 4: 1 port
PORT  VCPU  STATE     PENDING  MASKED  BOUND TO
   1     0  reserved  -        -       Xen takes its events
`,
  );
});

test("decode names five unreadable lines and counts the others", async () => {
  const cut = "(XEN) 5 [0/0/ - ]: s=6 n=0 x=0\n";
  const dump = DUMP.slice(DUMP.indexOf("\n") + 1);
  const { stderr } = await reading({ "-": cut + dump + "(XEN) 9 [0/0/ - ]: s=77 n=0 x=0\n".repeat(8) }).run("decode");
  assertEquals(
    stderr,
    "evtchn: decode: 1 port stands above the first heading: the dump's start is cut off\n" +
      "evtchn: decode: cannot read lines 9, 10, 11, 12, 13 and 3 more\n",
  );
});

test("decode does not report domains as gone if the dump's start is cut off", async () => {
  const cut = DUMP.replace(/^.*domain 0:\n/m, "").replace("domain 1:", "domain 3:") +
    "(XEN) Event channel information for domain 4:\n";
  const { stdout } = await reading({ "-": cut }).run("decode");
  assertEquals(stdout.includes("it is gone"), false, stdout);
});
