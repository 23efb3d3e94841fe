/** The wiring as a graph, for pictures. @module */

import type { Domid } from "../types.ts";
import { type HostWiring, isFine, remoteOf, type WiredChannel } from "../wiring/types.ts";
import { counted } from "./count.ts";
import { shortLine } from "./line.ts";
import { stateText } from "./wiring.ts";
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
  readonly tooltip: string;
  readonly fault: boolean;
}

/** The most edges that are drawn between two nodes: Graphviz takes a second for a thousand. */
const MOST_EDGES = 64;

/** The channels between two nodes. */
interface Bundle {
  readonly from: string;
  readonly to: string;
  drawn: number;
  /** Channels without an edge of their own, and how many of them have a fault. */
  more: number;
  faults: number;
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
  for (const { domain, channels, unread } of domains) {
    if (unread !== undefined) nodeIn(boxOf(boxes, domain), UNREAD, undefined, true);
    const bundles = new Map<string, Bundle>();
    for (const channel of channels) {
      const [from, to] = [frontendNode(boxes, channel), backendNode(boxes, channel)];
      let bundle = bundles.get(`${from} ${to}`);
      if (bundle === undefined) bundles.set(`${from} ${to}`, bundle = { from, to, drawn: 0, more: 0, faults: 0 });
      if (bundle.drawn < MOST_EDGES) {
        bundle.drawn++;
        edges.push(edgeOf(channel, from, to));
      } else {
        bundle.more++;
        if (!isFine(channel.verdict)) bundle.faults++;
      }
    }
    for (const bundle of bundles.values()) if (bundle.more > 0) edges.push(moreEdges(bundle));
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
  if (verdict === "gone") (xen?.status === "ESRCH" ? boxOf(boxes, claim.domain) : box).gone = true;
  const [kind, index] = claim.device.split("/");
  const name = [kind, claim.domain, ...index === undefined ? [] : [index]].join("/");
  return nodeIn(box, name, claim.backendState, box.gone, `backend ${name}`);
}

const UNREAD = "unknown: cannot be read";

/** The node at the end of a channel whose backend domain is unknown. */
const NOBODY = "nobody known";

function boxOf(boxes: Map<Domid, Box>, domain: Domid): Box {
  let box = boxes.get(domain);
  if (box === undefined) boxes.set(domain, box = { domain, nodes: new Map(), gone: false });
  return box;
}

/** Adds or updates a node, and returns its id. A node stays faulty. A frontend and a backend may have the same name. */
function nodeIn({ domain, nodes }: Box, name: string, state: string | undefined, fault: boolean, key = name): string {
  const known = nodes.get(key);
  const id = known?.id ?? `d${domain}_${nodes.size}`;
  const label = state === undefined ? [shortLine(name)] : [shortLine(name), stateText(state)];
  nodes.set(key, { id, label, fault: fault || known?.fault === true });
  return id;
}

function edgeOf({ claim, port, xen, verdict }: WiredChannel, from: string, to: string): GraphEdge {
  const ends = `${port ?? "no port"} ── ${remoteOf(xen)?.port ?? "nothing"}`;
  const fault = !isFine(verdict);
  return { from, to, label: [claim.key, fault ? `${ends}: ${verdict}` : ends], tooltip: verdict, fault };
}

function moreEdges({ from, to, more, faults }: Bundle): GraphEdge {
  const tooltip = `${faults} of them not as ${faults === 1 ? "it" : "they"} should be`;
  return {
    from,
    to,
    label: [counted(more, "more channel"), ...faults > 0 ? [tooltip] : []],
    tooltip,
    fault: faults > 0,
  };
}
