/**
 * The wiring as a picture, or as what one is drawn from.
 *
 * @module
 */

import { DeviceError } from "../../lib/errors.ts";
import { wiringDot } from "../../lib/render/wiring_dot.ts";
import { wiringMermaid } from "../../lib/render/wiring_mermaid.ts";
import type { HostWiring } from "../../lib/wiring/types.ts";

/** Graphviz, made for JavaScript. */
const GRAPHVIZ = "@viz-js/viz";

/**
 * The text of a picture. Graphviz is loaded only for one that it draws.
 *
 * @throws {DeviceError} ENOENT where Graphviz is not there.
 */
export async function picture(format: "dot" | "svg" | "mermaid", wiring: HostWiring): Promise<string> {
  if (format === "mermaid") return wiringMermaid(wiring);
  const dot = wiringDot(wiring);
  return format === "dot" ? dot : await drawSvg(dot);
}

/** Draws a graph of Graphviz' language; throws as {@linkcode picture}. */
export async function drawSvg(dot: string, graphviz = import.meta.resolve(GRAPHVIZ)): Promise<string> {
  const { instance } = await load(graphviz);
  return (await instance()).renderString(dot, { format: "svg" });
}

async function load(address: string): Promise<typeof import("@viz-js/viz")> {
  try {
    return await import(address);
  } catch (error) {
    if (!(error instanceof TypeError && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new DeviceError(
      "wiring",
      "ENOENT",
      GRAPHVIZ,
      `Cannot load "${GRAPHVIZ}", which draws`,
      "`deno install` in evtchn's folder fetches it; `--format dot` and `--format mermaid` need nothing",
    );
  }
}
