/** A small HTTP server: one path, GET and HEAD, and a bound on whatever a client can use up. @module */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Served, Serving } from "./host.ts";

/** How many connections there may be. Others are closed at once. */
export const MOST_CONNECTIONS = 64;

/** Milliseconds in which a client has to have sent its request. */
const REQUEST = 5000;

/** Milliseconds for which a connection may be idle, also while a client does not read its answer. */
const IDLE = 10_000;

/** Bytes of a request's head. */
const LONGEST_HEAD = 8192;

/** @throws {Error} With a code such as EADDRINUSE, if the address cannot be listened at. */
export async function serve(served: Served): Promise<Serving> {
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => {}); // whoever waits for it is told
  const server = createServer({
    maxHeaderSize: LONGEST_HEAD,
    headersTimeout: REQUEST,
    requestTimeout: REQUEST,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 1, // a scrape is one request
  }, (request, response) => {
    answer(served, request, response).catch((error) => {
      refuse(response, 500);
      ended.reject(error);
      close();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = IDLE;
  server.on("clientError", (_error: Error, socket: Socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  const close = () => {
    server.close(() => ended.resolve());
    server.closeAllConnections();
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(served.port, served.address, () => {
      server.off("error", reject);
      server.on("error", ended.reject);
      resolve();
    });
  });
  return { port: (server.address() as AddressInfo).port, ended: ended.promise, close };
}

async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = "", httpVersionMajor } = request;
  const [path] = url.split("?", 1);
  if (!path.startsWith("/") || httpVersionMajor !== 1) return refuse(response, 400);
  if (path !== served.path) return refuse(response, 404);
  if (method !== "GET" && method !== "HEAD") return refuse(response, 405, { Allow: "GET, HEAD" });
  const body = new TextEncoder().encode(await served.text());
  response.writeHead(200, { "Content-Type": served.contentType, "Content-Length": body.length, Connection: "close" });
  response.end(method === "HEAD" ? undefined : body);
}

const REASONS = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  500: "Internal Server Error",
};

function refuse(response: ServerResponse, status: keyof typeof REASONS, headers: Record<string, string> = {}): void {
  const body = `${REASONS[status]}\n`;
  const plain = { "Content-Type": "text/plain", "Content-Length": body.length, Connection: "close" };
  response.writeHead(status, { ...plain, ...headers });
  response.end(body);
}
