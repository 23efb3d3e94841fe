/** The wiring as a Mermaid flowchart. @module */

import type { HostWiring } from "../wiring/types.ts";
import { type GraphDomain, wiringGraph } from "./wiring_graph.ts";

/**
 * The lines, without newlines. Domains are boxes; a faulty channel is dotted and red.
 *
 * @param queues Whether each channel is an edge.
 */
export function* wiringMermaid(wiring: HostWiring, queues = false): Generator<string, void> {
  const { domains, edges } = wiringGraph(wiring, queues);
  yield "flowchart LR";
  for (const domain of domains) yield* subgraph(domain);
  for (const { from, to, label, fault } of edges) {
    yield `  ${from} ${fault ? "-.-" : "---"}|${quoted(label)}| ${to}`;
  }
  const broken = edges.flatMap(({ fault }, i) => fault ? [i] : []);
  if (broken.length > 0) yield `  linkStyle ${broken.join(",")} stroke:#c01c28,color:#c01c28`;
  yield "  classDef fault stroke:#c01c28,color:#c01c28,stroke-width:2px";
}

function subgraph({ id, label, nodes }: GraphDomain): string[] {
  return [
    `  subgraph ${id} [${quoted([label])}]`,
    ...nodes.map((node) => `    ${node.id}[${quoted(node.label)}]${node.fault ? ":::fault" : ""}`),
    "  end",
  ];
}

/** Characters that may mean something to Mermaid, HTML or Markdown in a quoted text; they are written as numbers. */
const ESCAPED = /[^\p{L}\p{N} ./:_()─-]/gu;

function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replace(ESCAPED, (character) => `#${character.codePointAt(0)};`));
  return `"${escaped.join("<br/>")}"`;
}
