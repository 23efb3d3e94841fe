/** The wiring in DOT, the language of Graphviz. @module */

import type { HostWiring } from "../wiring/types.ts";
import { type GraphDomain, type GraphEdge, type GraphNode, wiringGraph } from "./wiring_graph.ts";

/** All fonts of one width are about as wide: text fits its box in any of them, also where this one is missing. */
const FONT = 'fontname="Courier"';

const FAULT = 'color="#c01c28", fontcolor="#c01c28", penwidth=2';

/**
 * The lines, without newlines. Domains are boxes; faults are red, faulty channels dashed. The text of an edge is a node
 * in its middle, because Graphviz keeps edges off nodes, and not off labels.
 *
 * @param queues Whether each channel is an edge.
 */
export function* wiringDot(wiring: HostWiring, queues = false): Generator<string, void> {
  const { domains, edges } = wiringGraph(wiring, queues);
  yield "digraph wiring {";
  yield `  graph [rankdir=LR, nodesep=0.2, ranksep=0.5, pad=0.2, bgcolor=white, ${FONT}, fontsize=12, labeljust=l, style="rounded", color="#77767b"]`;
  yield `  node [shape=box, style="rounded,filled", fillcolor="#f6f5f4", margin="0.2,0.08", width=1.3, color="#77767b", ${FONT}, fontsize=11]`;
  yield `  edge [arrowhead=none, color="#3d3846"]`;
  for (const domain of domains) yield* cluster(domain);
  yield '  { node [shape=plaintext, style="", width=0, height=0, margin="0.1,0.02", fontsize=10]';
  yield* edges.map(edgeText);
  yield "  }";
  yield* edges.flatMap(edge);
  yield "}";
}

function cluster({ id, label, nodes, fault }: GraphDomain): string[] {
  return [
    `  subgraph cluster_${id} {`,
    `    label=${quoted([label])}; margin=16`,
    ...fault ? ['    color="#c01c28"; fontcolor="#c01c28"; style="rounded,dashed"'] : [],
    ...nodes.map(node),
    "  }",
  ];
}

function node({ id, label, fault }: GraphNode): string {
  return `    ${id} [label=${quoted(label)}${fault ? `, ${FAULT}` : ""}]`;
}

function edgeText({ id, label, tooltip, fault }: GraphEdge): string {
  return `    "${id}" [label=${quoted(label)}, tooltip=${quoted([tooltip])}${fault ? `, ${FAULT}` : ""}]`;
}

/** A line to the left end of the text, and one from its right end. */
function edge({ id, from, to, fault }: GraphEdge): string[] {
  const style = fault ? ` [style=dashed, ${FAULT}]` : "";
  return [`  ${from} -> "${id}":w${style}`, `  "${id}":e -> ${to}${style}`];
}

/**
 * A string: `"` ends it, a backslash starts an escape, `&` starts a character's name (graphviz.org/doc/info/lang.html,
 * and attribute type escString).
 */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"'));
  return `"${escaped.join("\\n")}"`;
}
