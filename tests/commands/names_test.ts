/** Domains by their names, wherever a domain is asked for. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { withSession } from "../support/sessions.ts";
import { Device } from "../support/simulated.ts";
import { TestHost } from "../support/test_host.ts";
import { lines, script } from "../support/scripts.ts";
import { test } from "../support/test.ts";

/** A host whose domain 5 is called web. */
function host(): TestHost {
  const host = new TestHost();
  host.world.writeStore(0, "/local/domain/5/name", "web");
  return host;
}

test("every verb that takes a domain takes its name, on the host's device", async () => {
  const web = host();
  const guest = new Device(web.world.process(5));
  const offered = guest.allocUnbound(0) as number;
  assertEquals(
    await web.ok("alloc-unbound web --hold 0s --json"),
    '{"op":"alloc-unbound","port":27,"channel":"5:any"}\n',
  );
  for (const peer of [`web:${offered}`, `web ${offered}`]) {
    const record = `{"op":"bind-interdomain","port":27,"channel":"5:${offered}"}\n`;
    assertEquals(await web.ok(`bind-interdomain ${peer} --hold 0s --json`), record);
  }
  assertEquals(await web.ok(`notify web:${offered}`), "");
  assertStringIncludes(await web.ok(`watch web:${offered} web:any --timeout 0us --json`), `"channel":"5:${offered}"`);
  assertEquals(await web.ok(`why web:${offered}`), await web.ok(`why 5:${offered}`));
  assertEquals(await web.ok("list web guest1 --json"), await web.ok("list 5 1 --json"));
  assertEquals(await web.ok("wiring web"), await web.ok("wiring 5"));
  assertEquals(await web.ok("restrict web --json"), '{"op":"restrict","domain":5}\n');
  web.files["r"] = `{"event":"pending","time":"2026-01-02T03:04:05.000000Z","port":7,"channel":"9:9","seq":1}\n`;
  assertStringIncludes((await web.run(`replay r --map 9:9=web:${offered}`)).stderr, `(5:${offered})`);
  assertEquals(web.left(), ["5:9 unbound"]);
});

test("names of domains are looked up once for a command, and xenstore is not asked for numbers", async () => {
  const web = host();
  await web.ok("list web guest1 Domain-0");
  assertEquals(web.kernels.length, 2); // the names, and the list
  await web.ok("alloc-unbound 5 --hold 0s");
  assertEquals(web.kernels.length, 3);
});

test("a name that nobody has, or two have, is refused with what there is", async () => {
  const web = host();
  const refusal = async (line: string) => {
    const { status, stdout, stderr } = await web.run(line);
    assertEquals([status, stdout], [1, ""], line);
    return stderr.split("\n").slice(0, 2);
  };
  assertEquals(await refusal("alloc-unbound wbe"), [
    'evtchn: alloc-unbound: Cannot find a domain named "wbe": ENOENT',
    "hint: did you mean web?",
  ]);
  assertEquals(await refusal("notify nobody:12"), [
    'evtchn: notify: Cannot find a domain named "nobody": ENOENT',
    'hint: there are "Domain-0", "guest1", "guest2", "guest3", "guest4", "web", "guest6", "guest7"',
  ]);
  web.world.writeStore(0, "/local/domain/6/name", "web");
  assertEquals(await refusal("list web"), [
    'evtchn: list: Cannot tell which domain "web" is: ENOTUNIQ',
    "hint: domains 5 and 6 have that name: use the number",
  ]);
  assertStringIncludes((await web.run("alloc-unbound wbe --json")).stderr, '"error":"ENOENT","subject":"wbe"');
});

test("where a name cannot be found, the first ten that there are, or the reason why none is shown, are told", async () => {
  const hint = async (text: string, ...words: string[]) => (await script(text, ...words)).stderr.split("\n")[1];
  const many = Array.from({ length: 5 }, (_, i) => `create ${i + 10} --name web${i}`).join("; ");
  assertEquals(
    await hint(`${many}; alloc-unbound nobody`),
    'hint: there are "Domain-0", "guest1", "guest2", "guest3", "guest4", "guest5", "guest6", "guest7", "web0", "web1" ' +
      "and 3 more",
  );
  const nameless = Array.from({ length: 8 }, (_, domain) => `store-rm /local/domain/${domain}/name`).join("; ");
  assertEquals(await hint(`${nameless}; alloc-unbound web`), "hint: xenstore shows no name");
  assertEquals(
    await hint("alloc-unbound web", "--as", "1"),
    "hint: in the control domain root can read everything; a guest can read only its own nodes and those shared with it",
  );
});

test("a number gone wrong is no name", async () => {
  for (const word of ["5x", "-1", "+1", "1e3", "99999", "0x", "", " web", "5web:12", "-1:any", ":any", "a\x1bb"]) {
    const { status, stderr } = await host().run(word.includes(":") ? ["watch", word] : ["alloc-unbound", word]);
    assertEquals(status, 2, `${word}: ${stderr}`);
  }
});

test("without xenstore a name is refused with the reason", async () => {
  const bare = new TestHost({ xenstored: "no" });
  assertEquals(
    (await bare.run("alloc-unbound web")).stderr.split("\n")[0],
    'evtchn: alloc-unbound: Cannot open "/dev/xen/xenbus": ENOENT',
  );
  const { stderr } = await script("alloc-unbound web", "-d", "sim:illumos");
  assertEquals(
    stderr.split("\n")[0],
    "evtchn: run: -:1: alloc-unbound web: Cannot look beyond a handle on illumos: ENOTSUP",
  );
});

test("--as takes a name on the simulator, and refuses a real device before it asks anybody", async () => {
  const web = host();
  assertEquals(
    await web.ok("--simulator --as web alloc-unbound 0 --hold 0s --json"),
    await web.ok("--simulator --as 5 alloc-unbound 0 --hold 0s --json"),
  );
  const { status, stderr } = await web.run("--as web list");
  assertEquals([status, stderr.split("\n")[0]], [2, "evtchn: list: Cannot act as another domain on a real device"]);
  assertEquals((await web.run("--simulator --as wbe list")).stderr.split("\n")[1], "hint: did you mean web?");
});

test("a script finds the domain of the moment by its name", async () => {
  const text = `
    create 9 --name web; p = alloc-unbound web; @9 q = bind-interdomain Domain-0 $p
    notify web:any; device vif web; wiring web -q
    destroy web; create 10 --name web; r = alloc-unbound web; print $r
    expect web:any within 1s`;
  const { status, stdout, stderr } = await script(text);
  assertEquals([status, stdout], [1, "vif/0 10 11\n31\n"]);
  assertStringIncludes(stderr, "Cannot see an event of 10:any within 1s");
  assertEquals(await lines("create 9 --name 'web server'; alloc-unbound 'web server'"), ["29"]);
});

test("in a session names are those of its host, whoever acts", () =>
  withSession(async (session) => {
    const client = host();
    client.variables.EVTCHN_SESSION = session.socket;
    const port = (await client.ok("alloc-unbound guest3")).trimEnd();
    assertEquals(await client.ok(`--as guest3 bind-interdomain Domain-0:${port}`), "9\n");
    assertEquals(await client.ok("--as 3 status"), await client.ok("--as guest3 status"));
    assertEquals(
      (await client.run("--as web status")).stderr.split("\n")[0],
      'evtchn: status: Cannot find a domain named "web": ENOENT',
    );
  }));
