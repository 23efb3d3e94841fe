import { assertEquals } from "@std/assert";
import { test } from "./mod.ts";
import { Names } from "./names.ts";

/** Names that have learnt of port 27 as P1 and port 28 as P2. */
function twoPorts(): Names {
  const names = new Names();
  names.apply("p=$(evtchn --fd 3 alloc-unbound 0)", "", "27\n");
  names.apply("evtchn --fd 3 bind-interdomain 0 $p", "28\n");
  return names;
}

test("names: ports are numbered in the order in which a bind, a variable, a record or an event tells of them", () => {
  const names = new Names();
  assertEquals(names.apply("evtchn --fd 3 bind-virq tbuf", "30\n"), "P1\n");
  assertEquals(names.apply("p=$(evtchn --fd 3 alloc-unbound 0)", "", "27"), "");
  assertEquals(
    names.apply("evtchn --json alloc-unbound 5", '{"op":"alloc-unbound","port":9,"channel":"5:any"}\n'),
    '{"op":"alloc-unbound","port":P3,"channel":"5:any"}\n',
  );
  assertEquals(names.apply("evtchn watch 0:27", "port 4  0:27  #1\n"), "port P4  0:P2  #1\n");
  assertEquals(names.apply("evtchn --fd 3 read", "4\n30\n"), "P4\nP1\n");
});

test("names: a number that is no known port is not replaced", () => {
  const names = twoPorts();
  const text = "evtchn: notify: Cannot notify port 9999: ENOTCONN\n";
  assertEquals(names.apply("evtchn --fd 3 notify 9999", text), text);
  assertEquals(
    names.apply("evtchn --fd 3 unbind 9999", '{"op":"unbind","error":"EINVAL","subject":"9999"}'),
    '{"op":"unbind","error":"EINVAL","subject":"9999"}',
  );
});

test("names: a port's number is replaced only where it means a port of this domain", () => {
  const names = twoPorts();
  const stays = [
    "27\n", // `watch --format %n`: no bind and no read
    "port 27 of domain 5: ESRCH",
    "5:27",
    '{"op":"restrict","error":"EACCES","subject":"27"}',
    '{"op":"unmask","bytes":28}',
    "28 events in 27 s, #27",
  ];
  for (const text of stays) assertEquals(names.apply("evtchn --fd 3 watch", text), text);
  const changes = {
    "port 27 of domain 0": "port P1 of domain 0",
    "self:27 0:28": "self:P1 0:P2",
    "27: ok: it is there": "P1: ok: it is there",
    '{"op":"read","ports":[28,27,3]}': '{"op":"read","ports":[P2,P1,P3]}',
    '{"op":"notify","error":"ENOTCONN","subject":"27"}': '{"op":"notify","error":"ENOTCONN","subject":"P1"}',
    "ioctl(3, IOCTL_EVTCHN_NOTIFY, {port=27}) = 0": "ioctl(3, IOCTL_EVTCHN_NOTIFY, {port=P1}) = 0",
    "write(3, [27, 28], 8) = 8": "write(3, [P1, P2], 8) = 8",
  };
  for (const [text, named] of Object.entries(changes)) assertEquals(names.apply("evtchn --fd 3 watch", text), named);
});

test("names: descriptors that a command opens are named, the shell's keep their numbers", () => {
  const names = new Names();
  const calls = (fd: number | string) =>
    `open("/dev/xen/evtchn", O_RDWR) = ${fd}\nread(${fd}, [], 16) = -1 EAGAIN\npoll([{fd=${fd}, events=POLLIN}], 1, 0) = 0\n`;
  assertEquals(names.apply("evtchn --trace watch", calls(16)), calls("F1"));
  assertEquals(names.apply("evtchn --trace watch", calls(12)), calls("F1"));
  const shells = "fcntl(3, F_GETFL) = O_RDWR\nread(3, [], 16) = -1 EAGAIN\n";
  assertEquals(names.apply("evtchn --trace --fd 3 watch", shells), shells);
});

test("names: times are T", () => {
  const text = "2026-01-02T03:04:05.678901Z 2026-01-02T04:04:05.678901+01:00 1767323045.678901 0.000000";
  assertEquals(new Names().apply("evtchn watch", text), "T T T 0.000000");
});
