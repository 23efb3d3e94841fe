/** The wiring in DOT, the language of Graphviz. @module */

import type { HostWiring } from "../wiring/types.ts";
import { type GraphDomain, type GraphEdge, type GraphNode, wiringGraph } from "./wiring_graph.ts";

const FONT = 'fontname="Helvetica,Arial,sans-serif"';

const FAULT = 'color="#c01c28", fontcolor="#c01c28", penwidth=2';

/** The lines, without newlines. Domains are boxes; faults are red, faulty channels dashed. */
export function* wiringDot(wiring: HostWiring): Generator<string, void> {
  const { domains, edges } = wiringGraph(wiring);
  yield "digraph wiring {";
  yield `  graph [rankdir=LR, nodesep=0.25, ranksep=2.4, ${FONT}, fontsize=13, labeljust=l, style="rounded", color="#77767b"]`;
  yield `  node [shape=box, style="rounded,filled", fillcolor="#f6f5f4", margin="0.25,0.08", width=1.3, color="#77767b", ${FONT}, fontsize=11]`;
  yield `  edge [arrowhead=none, color="#3d3846", ${FONT}, fontsize=10]`;
  for (const domain of domains) yield* cluster(domain);
  for (const each of edges) yield edge(each);
  yield "}";
}

function cluster({ id, label, nodes, fault }: GraphDomain): string[] {
  return [
    `  subgraph cluster_${id} {`,
    `    label=${quoted([label])}; margin=14`,
    ...fault ? ['    color="#c01c28"; fontcolor="#c01c28"; style="rounded,dashed"'] : [],
    ...nodes.map(node),
    "  }",
  ];
}

function node({ id, label, fault }: GraphNode): string {
  return `    ${id} [label=${quoted(label)}${fault ? `, ${FAULT}` : ""}]`;
}

function edge({ from, to, label, tooltip, fault }: GraphEdge): string {
  return `  ${from} -> ${to} [label=${quoted(label)}, tooltip=${quoted([tooltip])}${
    fault ? `, style=dashed, ${FAULT}` : ""
  }]`;
}

/**
 * A string: `"` ends it, a backslash starts an escape, `&` starts a character's name (graphviz.org/doc/info/lang.html,
 * and attribute type escString).
 */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"'));
  return `"${escaped.join("\\n")}"`;
}
