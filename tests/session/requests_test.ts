import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encode, LINE_LIMIT } from "../../lib/session/protocol.ts";
import { parseRequest } from "../../lib/session/requests.ts";
import { test } from "../support/test.ts";

const refusal = (request: unknown) => {
  const parsed = parseRequest(JSON.stringify(request));
  assert("refused" in parsed, JSON.stringify(request));
  return [parsed.id, parsed.refused];
};

test("a request is its id, its verb, its arguments and who acts", () => {
  const request = { id: 7, verb: "bind-interdomain", args: { domain: 0x7FF0, port: 0xFFFF_FFFF }, as: 1 };
  assertEquals<unknown>(parseRequest(JSON.stringify(request)), request);
});

test("what has no id of its own cannot be answered by it", () => {
  for (const value of [1, null, [], "x", {}, { id: "1" }, { id: -1 }, { id: 0.5 }, { id: 2 ** 53 }, { id: null }]) {
    assertEquals(refusal(value)[0], null);
  }
  for (const line of ["", "{", "nul", '{"id":1}}', "[".repeat(LINE_LIMIT)]) {
    assertEquals(parseRequest(line), { id: null, refused: "Cannot read a request: it is no JSON" });
  }
});

test("verbs, arguments and domains are what the protocol lists and nothing else", () => {
  const cases: [request: Record<string, unknown>, refused: string][] = [
    [{}, "Cannot do nothing: there is no such verb"],
    [{ verb: "toString", args: {} }, 'Cannot do "toString": there is no such verb'],
    [{ verb: "notify" }, 'Cannot do "notify": its args are no object'],
    [{ verb: "notify", args: [7] }, 'Cannot do "notify": its args are no object'],
    [{ verb: "notify", args: {} }, 'Cannot do "notify" with port nothing'],
    [{ verb: "notify", args: { port: "7" } }, 'Cannot do "notify" with port "7"'],
    [{ verb: "notify", args: { port: -1 } }, 'Cannot do "notify" with port -1'],
    [{ verb: "notify", args: { port: 2 ** 32 } }, 'Cannot do "notify" with port 4294967296'],
    [{ verb: "notify", args: { port: 7, count: 2 } }, 'Cannot do "notify" with "count": it has no such argument'],
    [{ verb: "reset", args: {}, unmask: true }, 'Cannot do "reset": a request has no "unmask"'],
    [{ verb: "alloc-unbound", args: { domain: 0x7FF1 } }, 'Cannot do "alloc-unbound" with domain 32753'],
    [
      { verb: "unmask", args: { ports: new Array(4097).fill(1) } },
      `Cannot do "unmask" with ports [${"1,".repeat(30)}...`,
    ],
    [{ verb: "watch", args: { limit: 0 } }, 'Cannot do "watch" with limit 0'],
    [{ verb: "poll", args: { events: 1, timeout: 2 ** 31 } }, 'Cannot do "poll" with timeout 2147483648'],
    [{ verb: "channel", args: { op: "x\n", channel: "7" } }, 'Cannot do "channel" with op "x\\n"'],
    [{ verb: "status", args: {}, as: "1" }, 'Cannot act as "1": it is no domain'],
  ];
  for (const [request, refused] of cases) assertEquals(refusal({ id: 3, ...request }), [3, refused]);
  const polluted = '{"id":3,"verb":"status","args":{"__proto__":{"port":7}}}';
  assertEquals(parseRequest(polluted), {
    id: 3,
    refused: 'Cannot do "status" with "__proto__": it has no such argument',
  });
});

test("whatever a line says, it is a request or a refusal that fits on one line", () => {
  const anything = fc.oneof(
    fc.json(),
    fc.string(),
    fc.record({ id: fc.nat(), verb: fc.string(), args: fc.object() }).map((value) => JSON.stringify(value)),
  );
  fc.assert(fc.property(anything, (line) => {
    const parsed = parseRequest(line);
    if (!("refused" in parsed)) return;
    const { id, refused } = parsed;
    assertEquals(encode({ id, error: { error: "protocol", message: refused } }).indexOf("\n") > 0, true);
    assert(refused.length < 300);
  }));
});
