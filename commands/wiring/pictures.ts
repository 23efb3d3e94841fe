import { DeviceError } from "../../lib/errors.ts";
import { wiringDot } from "../../lib/render/wiring_dot.ts";
import { wiringMermaid } from "../../lib/render/wiring_mermaid.ts";
import type { HostWiring } from "../../lib/wiring/types.ts";

/** Graphviz, made for JavaScript. */
const GRAPHVIZ = "@viz-js/viz";

/**
 * The lines of a picture, without newlines. Graphviz is loaded only for the one that it draws.
 *
 * @throws {DeviceError} ENOENT where Graphviz is not installed.
 */
export async function picture(format: "dot" | "svg" | "mermaid", wiring: HostWiring): Promise<Iterable<string>> {
  if (format === "mermaid") return wiringMermaid(wiring);
  const dot = wiringDot(wiring);
  return format === "dot" ? dot : [(await drawSvg([...dot].join("\n"))).trimEnd()];
}

/**
 * Draws a graph of Graphviz' language.
 *
 * @param load Loads Graphviz; a test hands in one that fails.
 * @throws {DeviceError} As {@linkcode picture}.
 */
export async function drawSvg(
  dot: string,
  load: () => Promise<typeof import("@viz-js/viz")> = () => import("@viz-js/viz"),
): Promise<string> {
  let graphviz;
  try {
    graphviz = await load();
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
  return (await graphviz.instance()).renderString(dot, { format: "svg" });
}
