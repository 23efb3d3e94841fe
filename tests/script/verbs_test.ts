import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { failure, lines, results, script, START } from "../support/scripts.ts";

/** Two ends of one channel, the first event of the bind taken. */
const CHANNEL = "p = alloc-unbound 1; @1 q = bind-interdomain 0:$p; @1 expect $q within 0s\n";

test("every statement prints records with its line, and a watch its events", async () => {
  assertEquals(
    await results(`
p = alloc-unbound 1
@1 q = bind-interdomain 0 $p
@1 notify $q
@1 notify $q $q; @1 notify $q --count 2 --interval 1ms
watch -n 1
unmask $p 9
read 4
poll --events all
status
@1/b t = bind-virq argo
@1/b unbind $t
@1/b u = alloc-unbound 1; @1/b v = alloc-unbound 1; @1/b unbind $u $v
@/b restrict 5
@/b reset --unmask
@/b close
@/b open
expect $p within 2us
sleep 1s
print a  b
raise tbuf; create 9; destroy 9; destroy 9
`),
    [
      { op: "alloc-unbound", port: 27, channel: "1:any", line: 2 },
      { op: "bind-interdomain", port: 9, channel: "0:27", line: 3 },
      { op: "notify", port: 9, line: 4 },
      ...Array(4).fill({ op: "notify", port: 9, line: 5 }),
      { event: "pending", time: "2026-01-01T00:00:00.001000Z", port: 27, channel: "1:any", seq: 1, domain: 0, line: 6 },
      { op: "unmask", ports: [27, 9], bytes: 8, line: 7 },
      { op: "read", ports: [27], line: 8 },
      { op: "poll", revents: ["POLLOUT", "POLLWRNORM"], line: 9 },
      {
        op: "status",
        channels: [
          {
            port: 27,
            channel: "1:any",
            kind: "unbound",
            masked: true,
            events: 2,
            status: "interdomain",
            remote_domain: 1,
            remote_port: 9,
          },
        ],
        line: 10,
      },
      { op: "bind-virq", port: 10, channel: "virq:argo", line: 11 },
      { op: "unbind", port: 10, line: 12 },
      { op: "alloc-unbound", port: 10, channel: "1:any", line: 13 },
      { op: "alloc-unbound", port: 11, channel: "1:any", line: 13 },
      { op: "unbind", port: 10, line: 13 },
      { op: "unbind", port: 11, line: 13 },
      { op: "restrict", domain: 5, line: 14 },
      { op: "reset", line: 15 },
      { op: "close", handle: "@/b", line: 16 },
      { op: "open", handle: "@/b", line: 17 },
      {
        op: "expect",
        error: "ETIMEDOUT",
        subject: "27",
        message: "Cannot see an event of port 27 within 2us: ETIMEDOUT",
        hint: "none came",
        line: 18,
      },
      { op: "sleep", duration_us: 1_000_000, line: 19 },
      { op: "print", text: "a b", line: 20 },
      { op: "raise", channel: "virq:tbuf", line: 21 },
      { op: "create", domain: 9, line: 21 },
      { op: "destroy", domain: 9, line: 21 },
      {
        op: "destroy",
        error: "ESRCH",
        subject: "9",
        message: "Cannot destroy domain 9: ESRCH",
        hint: "there is no such domain",
        line: 21,
      },
    ],
  );
});

test("text output has ports, tables and events, and nothing else", async () => {
  assertEquals(await lines(CHANNEL + "@1 notify $q; read; unmask $p; poll --events out; status; bind-virq tbuf"), [
    "27",
    "POLLOUT POLLWRNORM",
    "PORT  CHANNEL  STATE        REMOTE           MASKED  EVENTS",
    "  27  1:any    interdomain  domain 1 port 9  no           1",
    "28",
  ]);
  assertEquals((await lines("virqs")).length, 22);
  assertEquals((await results("virqs")).length, 21);
});

test("expect counts earlier events, and keeps those of other ports", async () => {
  assertEquals(
    await lines(
      CHANNEL +
        `r = bind-virq tbuf; @1 notify $q; raise tbuf
         expect $r within 0s
         expect $p within 0s
         @1 notify $q
         expect $p 1 within 0s; print done`,
    ),
    ["done"],
  );
});

test("a channel that is bound is not bound again", async () => {
  assertEquals(
    await lines(
      "r = bind-virq tbuf; raise tbuf; e = expect virq:tbuf within 1s; print $r $e; w = watch virq:tbuf --timeout 1s",
    ),
    ["27 27"],
  );
  assertEquals(await lines("p = alloc-unbound 0; notify 0:$p; n = notify 0:$p; print $n"), ["28"]);
});

test("an expect that times out says how many events came", async () => {
  const { status, stderr } = await script(CHANNEL + "@1 notify $q; expect $p 3 within 250ms");
  assertEquals({ status, stderr }, {
    status: 1,
    stderr: "evtchn: run: -:2: expect $p 3 within 250ms: Cannot see 3 events of port 27 within 250ms: ETIMEDOUT\n" +
      "hint: 1 came\n",
  });
  assertEquals(
    await failure("expect 7 within 1s"),
    "1: expect 7 within 1s: Cannot expect port 7: ENOTCONN",
  );
  assertEquals(
    await failure("expect virq:timer within 1s"),
    "1: expect virq:timer within 1s: Cannot bind virq:timer: EEXIST",
  );
});

test("a watch that times out prints its error and no result", async () => {
  const [{ message, ...record }, ...more] = await results("watch -n 1 --timeout 1s virq:tbuf");
  assertEquals([record, more], [
    { op: "watch", error: "ETIMEDOUT", subject: "handle", hint: "none came", line: 1 },
    [],
  ]);
  assertEquals(message, "Cannot see an event in time: ETIMEDOUT");
});

test("events from before a port was bound again do not count", async () => {
  const text = CHANNEL +
    `r = bind-virq tbuf; @1 notify $q; raise tbuf; expect $r within 0s # the ring is read, and p's event kept
     unbind $p; n = alloc-unbound 1; print $n
     expect $n within 1s`;
  assertEquals(await failure(text), "4: expect $n within 1s: Cannot see an event of port 27 within 1s: ETIMEDOUT");
});

test("a watch in a simulated world ends when nothing more can happen", async () => {
  assertEquals(await lines(CHANNEL + "@1 notify $q; watch -t elapsed; print end"), [
    "0.000000  @0 port 27  1:any  #1",
    "end",
  ]);
  assertEquals(
    await failure("bind-virq tbuf; raise tbuf; watch -q -n 2"),
    "1: watch -q -n 2: Cannot see 2 events in time: ETIMEDOUT",
  );
  assertEquals(
    await failure("watch"),
    "1: watch: Cannot watch nothing: this handle has no ports",
  );
});

test("the options of a watch", async () => {
  assertEquals(
    await lines(
      CHANNEL + "@1 notify $q; watch $p -F '%p %c %n %U' --timeout 5ms; sleep 1s; @1 notify $q; watch -t unix -n1",
    ),
    [`27 1:any 1 ${START}`, "1767225601.005000  @0 port 27  1:any  #1"],
  );
  assertEquals(
    await lines(CHANNEL + "@1 notify $q --count 2; watch -q --idle-timeout 1s; w = watch; print '<' $w '>'"),
    ["< >"],
  );
});

test("--no-unmask leaves a port masked: it fires once", async () => {
  assertEquals(
    await lines(
      CHANNEL + "@1 notify $q; watch -q --no-unmask; @1 notify $q; watch; print masked; unmask $p; watch -t none",
    ),
    ["masked", "@0 port 27  1:any  #1"],
  );
});

test("--banner lists what is watched", async () => {
  const { status, stdout, stderr } = await script("watch virq:tbuf 5:any --banner");
  assertEquals({ status, stdout, stderr }, {
    status: 0,
    stdout: "",
    stderr: "evtchn: watching port 27 (virq:tbuf), port 28 (5:any)\n",
  });
});

test("an overflow is reported, and the handle keeps working", async () => {
  const text = CHANNEL + "@1 notify $q; unmask $p\n".repeat(65) + "watch -t none; @1 notify $q; watch -t none";
  const printed = await lines(text);
  assertEquals(printed, ["@0 overflow: the ring was full and events were lost", "@0 port 27  1:any  #1"]);
  const { status, stdout, stderr } = await script(text.replaceAll("watch", "watch -q").replaceAll("-t none", ""));
  assertEquals({ status, stdout, stderr }, {
    status: 0,
    stdout: "",
    stderr: "evtchn: watch: events were lost: the ring overflowed\n",
  });
});

test("handles open at their first use, have their own ports, and end with close", async () => {
  assertEquals(
    await failure("p = alloc-unbound 0\n@/b notify $p"),
    "2: @/b notify $p: Cannot notify port 27: ENOTCONN",
  );
  assertEquals(await lines("p = alloc-unbound 0; close; q = alloc-unbound 0; print $p $q"), ["27 27"]);
  assertEquals(await failure("close"), "1: close: Cannot close @self: it is not open");
  assertEquals(await failure("@1/b open; @1/b open"), "1: @1/b open: Cannot open @1/b: it is open already");
});

test("the own domain can also be named by its number", async () => {
  assertEquals(
    await lines("p = alloc-unbound 0; @0 notify $p; @self notify $p; @0/b q = alloc-unbound 0; @/b notify $q"),
    [],
  );
  assertEquals(await lines("p = alloc-unbound 0; @3 notify $p", "--as", "3"), []);
});

test("destroying a domain closes its handles; a new domain with its number has none of them", async () => {
  assertEquals(
    await lines("d = bind-virq tbuf; @1 p = alloc-unbound 0; destroy 1; create 1; @1 p = alloc-unbound 0; print $p"),
    ["9"],
  );
  assertEquals((await failure("@9 status")).startsWith("1: @9 status: Cannot act as domain 9"), true);
  assertEquals(await failure("destroy 0"), "1: destroy 0: Cannot destroy domain 0: EINVAL");
  assertEquals(await failure("create 1"), "1: create 1: Cannot create domain 1: EEXIST");
});

test("a VIRQ is raised in the domain that it belongs to; one that nobody has bound there is lost, which is said", async () => {
  assertEquals(
    await script(
      "@2 v = bind-virq argo; @2 raise argo; @2 expect $v within 0s; raise argo; @2 watch; print -; bind-virq tbuf; @5 raise tbuf; watch -t none",
    ),
    {
      status: 0,
      stdout: "-\n27\n@0 port 27  virq:tbuf  #1\n",
      stderr: "evtchn: raise: nobody has bound virq:argo: it is lost\n",
    },
  );
  assertEquals(await failure("raise 77"), "1: raise 77: Cannot raise virq:77: EINVAL");
});

test("the kernel's refusals are those of the commands", async () => {
  assertEquals(await script("print before\nunbind 9999\nprint after"), {
    status: 1,
    stdout: "before\n",
    stderr: "evtchn: run: -:2: unbind 9999: Cannot unbind port 9999: EINVAL\n" +
      "hint: this kernel has no channel with that number\n",
  });
});

test("a variable works with and without braces, alone and inside a word", async () => {
  assertEquals(await lines("p = alloc-unbound 1; print $p ${p} port-${p}; unbind ${p}"), ["27 27 port-27"]);
});
