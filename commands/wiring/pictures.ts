import { DeviceError } from "../../lib/errors.ts";
import { wiringDot } from "../../lib/render/wiring_dot.ts";
import { wiringMermaid } from "../../lib/render/wiring_mermaid.ts";
import type { HostWiring } from "../../lib/wiring/types.ts";

const GRAPHVIZ = "@viz-js/viz";

/**
 * The lines of a picture, without newlines. Only SVG loads Graphviz.
 *
 * @throws {DeviceError} ENOENT where Graphviz is not installed.
 */
export async function picture(format: "dot" | "svg" | "mermaid", wiring: HostWiring): Promise<Iterable<string>> {
  if (format === "mermaid") return wiringMermaid(wiring);
  const dot = wiringDot(wiring);
  return format === "dot" ? dot : [(await drawSvg([...dot].join("\n"))).trimEnd()];
}

/** Draws a graph of the DOT language. A test passes a `load` that fails. */
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
      "`deno install` in evtchn's folder fetches it; `--format dot` and `--format mermaid` work without it",
    );
  }
  return (await graphviz.instance()).renderString(dot, { format: "svg" });
}
