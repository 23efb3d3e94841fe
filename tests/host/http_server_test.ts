/** The server of `metrics --listen`, over real sockets of loopback. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { MOST_CONNECTIONS, serve } from "../../lib/host/http_server.ts";
import { test } from "../support/test.ts";

/** Serves while `work` runs. */
async function serving(text: () => Promise<string>, work: (port: number) => Promise<void>): Promise<void> {
  const { port, ended, close } = await serve({
    address: "127.0.0.1",
    port: 0,
    path: "/metrics",
    contentType: "text/plain; version=0.0.4",
    text,
  });
  try {
    await work(port);
  } finally {
    close();
    await ended.catch(() => {}); // a test that expects an error looks at it itself
  }
}

/** What comes back until the server closes the connection. */
async function said(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  return await rest(connection);
}

async function rest(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  for (let count; (count = await connection.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

const head = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

test("one path is answered, with the text for GET and without it for HEAD", async () => {
  await serving(() => Promise.resolve("é 1\n"), async (port) => {
    const got = await said(port, head("GET", "/metrics?x=1"));
    assertMatch(got, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain; version=0\.0\.4\r\nContent-Length: 5\r\n/i);
    assertMatch(got, /\r\n\r\né 1\n$/);
    const headed = await said(port, head("HEAD", "/metrics"));
    assertMatch(headed, /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 5\r\n[^]*\r\n\r\n$/i);
  });
});

test("other paths, methods and what is no HTTP are refused, and no look is made for them", async () => {
  let looks = 0;
  await serving(() => Promise.resolve(String(looks++)), async (port) => {
    const status = async (request: string) => (await said(port, request)).split("\r\n", 1)[0];
    for (const path of ["/", "/metrics/", "/metrics/../metrics", "//metrics", "/Metrics"]) {
      assertEquals(await status(head("GET", path)), "HTTP/1.1 404 Not Found", path);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const got = await said(port, head(method, "/metrics"));
      assertMatch(got, /^HTTP\/1\.1 405 Method Not Allowed\r\n[^]*Allow: GET, HEAD\r\n/i, method);
    }
    for (const bad of ["nonsense\r\n\r\n", "GET /metrics\r\n\r\n", `GET /${"x".repeat(9000)} HTTP/1.1\r\n\r\n`]) {
      assertMatch(await status(bad), /^HTTP\/1\.1 4\d\d /, bad.slice(0, 20));
    }
    assertEquals(await status(head("GET", "http://x/metrics")), "HTTP/1.1 400 Bad Request");
    assertEquals(looks, 0);
  });
});

test("clients that send nothing take no more than their connections, and others are closed at once", async () => {
  await serving(() => Promise.resolve("1\n"), async (port) => {
    const idle = await Promise.all(
      Array.from({ length: MOST_CONNECTIONS }, () => Deno.connect({ hostname: "127.0.0.1", port })),
    );
    const more = await Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(await rest(more).catch(() => ""), "");
    for (const each of [...idle, more]) each.close();
  });
});

test("an error of the answer is a 500, and ends the server with that error", async () => {
  const { port, ended } = await serve({
    address: "127.0.0.1",
    port: 0,
    path: "/metrics",
    contentType: "text/plain",
    text: () => Promise.reject(new TypeError("a fault of its own")),
  });
  const [got] = await Promise.all([
    said(port, head("GET", "/metrics")).catch(() => ""),
    assertRejects(() => ended, TypeError, "a fault of its own"),
  ]);
  assertMatch(got, /^HTTP\/1\.1 500 |^$/);
});

test("an address that is taken is refused", async () => {
  await serving(() => Promise.resolve(""), async (port) => {
    const again = { address: "127.0.0.1", port, path: "/", contentType: "", text: () => Promise.resolve("") };
    const error = await assertRejects(() => serve(again), Error);
    assertEquals((error as { code?: string }).code, "EADDRINUSE");
  });
});
