/** The wiring as a Mermaid flowchart. @module */

import type { HostWiring } from "../wiring/types.ts";
import { type GraphDomain, wiringGraph } from "./wiring_graph.ts";

/** Domains are boxes; a faulty channel is dotted and red. */
export function wiringMermaid(wiring: HostWiring): string {
  const { domains, edges } = wiringGraph(wiring);
  const broken = edges.flatMap(({ fault }, i) => fault ? [i] : []);
  return [
    "flowchart LR",
    ...domains.flatMap(subgraph),
    ...edges.map(({ from, to, label, fault }) => `  ${from} ${fault ? "-.-" : "---"}|${quoted(label)}| ${to}`),
    ...broken.length > 0 ? [`  linkStyle ${broken.join(",")} stroke:#c01c28,color:#c01c28`] : [],
    "  classDef fault stroke:#c01c28,color:#c01c28,stroke-width:2px",
    "",
  ].join("\n");
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
