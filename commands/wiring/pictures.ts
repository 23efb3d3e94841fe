import { DeviceError } from "../../lib/errors.ts";
import { wiringDot } from "../../lib/render/wiring_dot.ts";
import { wiringMermaid } from "../../lib/render/wiring_mermaid.ts";
import type { HostWiring } from "../../lib/wiring/types.ts";

const GRAPHVIZ = "@viz-js/viz";

export type PictureFormat = "dot" | "svg" | "mermaid";

/**
 * The lines of a picture, without newlines. Only SVG loads Graphviz.
 *
 * @param queues Whether each queue of a device has an edge of its own.
 * @param ascii Whether all other characters are written as references to them, which draw the same.
 * @throws {DeviceError} ENOENT where Graphviz is not installed.
 */
export async function picture(
  format: PictureFormat,
  wiring: HostWiring,
  { queues, ascii }: { readonly queues: boolean; readonly ascii: boolean },
): Promise<string[]> {
  const lines = await draw(format, wiring, queues);
  return ascii ? lines.map((line) => line.replace(/[^\0-\x7F]/gu, REFERENCES[format])) : lines;
}

async function draw(format: PictureFormat, wiring: HostWiring, queues: boolean): Promise<string[]> {
  if (format === "mermaid") return [...wiringMermaid(wiring, queues)];
  const dot = [...wiringDot(wiring, queues)];
  return format === "dot" ? dot : [(await drawSvg(dot.join("\n"))).trimEnd()];
}

const xmlReference = (character: string) => `&#${character.codePointAt(0)};`;

/** How a character is written by its number. Outside of texts all is ASCII. */
const REFERENCES: Readonly<Record<PictureFormat, (character: string) => string>> = {
  dot: xmlReference,
  svg: xmlReference,
  mermaid: (character) => `#${character.codePointAt(0)};`,
};

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
