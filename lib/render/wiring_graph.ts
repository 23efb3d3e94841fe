/** The wiring as a graph, for pictures. @module */

import type { Domid } from "../types.ts";
import { type HostWiring, isFine, remoteOf, type Verdict, type WiredChannel } from "../wiring/types.ts";
import { oneLine } from "./line.ts";
import { domainTitle } from "./wiring_tree.ts";

/** A frontend or a backend. */
export interface GraphNode {
  /** Only letters, digits and `_`. */
  readonly id: string;
  /** One string for each line; any characters except controls. */
  readonly label: readonly string[];
  readonly fault: boolean;
}

export interface GraphDomain {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly GraphNode[];
  readonly fault: boolean;
}

/** A channel, from the frontend to the backend. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: readonly string[];
  readonly verdict: Verdict;
  readonly fault: boolean;
}

export interface Graph {
  readonly domains: readonly GraphDomain[];
  readonly edges: readonly GraphEdge[];
}

/** A domain while the graph is built. */
interface Box {
  readonly domain: Domid;
  readonly nodes: Map<string, GraphNode>;
  gone: boolean;
}

/** Each frontend and each backend is a node in its domain, each channel an edge. */
export function wiringGraph({ domains, names }: HostWiring): Graph {
  const boxes = new Map<Domid, Box>();
  const edges: GraphEdge[] = [];
  for (const { channels } of domains) {
    for (const channel of channels) {
      edges.push(edgeOf(channel, frontendNode(boxes, channel), backendNode(boxes, channel)));
    }
  }
  return {
    domains: [...boxes.values()].sort((a, b) => a.domain - b.domain).map(({ domain, nodes, gone }) => ({
      id: `d${domain}`,
      label: domainTitle(domain, names.get(domain)) + (gone ? " (gone)" : ""),
      nodes: [...nodes.values()],
      fault: gone,
    })),
    edges,
  };
}

function frontendNode(boxes: Map<Domid, Box>, { claim, verdict }: WiredChannel): string {
  return nodeIn(boxOf(boxes, claim.domain), claim.device, claim.frontendState, !isFine(verdict));
}

/** The backend is named as in xenstore, where `vif/0` of domain 1 is served as `vif/1/0`. */
function backendNode(boxes: Map<Domid, Box>, { claim, xen, verdict }: WiredChannel): string {
  const domain = remoteOf(xen)?.domain ?? claim.backendDomain;
  if (domain === undefined) return nodeIn(boxOf(boxes, claim.domain), NOBODY, undefined, true);
  const box = boxOf(boxes, domain);
  if (verdict === "gone" && domain !== claim.domain) box.gone = true;
  const [kind, index] = claim.device.split("/");
  const name = [kind, claim.domain, ...index === undefined ? [] : [index]].join("/");
  return nodeIn(box, name, claim.backendState, box.gone);
}

/** The node at the end of a channel whose backend domain is unknown. */
const NOBODY = "nobody known";

function boxOf(boxes: Map<Domid, Box>, domain: Domid): Box {
  let box = boxes.get(domain);
  if (box === undefined) boxes.set(domain, box = { domain, nodes: new Map(), gone: false });
  return box;
}

/** Adds or updates a node, and returns its id. A node stays faulty. */
function nodeIn({ domain, nodes }: Box, name: string, state: string | undefined, fault: boolean): string {
  const known = nodes.get(name);
  const id = known?.id ?? `d${domain}_${nodes.size}`;
  const label = state === undefined ? [oneLine(name)] : [oneLine(name), oneLine(state)];
  nodes.set(name, { id, label, fault: fault || known?.fault === true });
  return id;
}

function edgeOf({ claim, port, xen, verdict }: WiredChannel, from: string, to: string): GraphEdge {
  const ends = `${port ?? "no port"} ── ${remoteOf(xen)?.port ?? "nothing"}`;
  const fault = !isFine(verdict);
  return { from, to, label: [claim.key, fault ? `${ends}: ${verdict}` : ends], verdict, fault };
}
