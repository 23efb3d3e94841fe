/** The wiring as a graph, for pictures. @module */

import type { Domid } from "../types.ts";
import { type HostWiring, isFine, remoteOf, type WiredChannel } from "../wiring/types.ts";
import { counted } from "./count.ts";
import { channelPart, deviceText } from "./device.ts";
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

/** The channels of a device, or one of them, from the frontend to the backend. */
export interface GraphEdge {
  /** Made of the ends' ids: no other device changes it. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** One string for each line. */
  readonly label: readonly string[];
  readonly tooltip: string;
  readonly fault: boolean;
}

/** The most edges that are drawn between two nodes: Graphviz takes a second for a thousand. */
const MOST_EDGES = 64;

/** A device with no more channels has them all in the label of its edge. */
const MOST_NAMED = 2;

/** The channels between two nodes. */
interface Bundle {
  readonly from: string;
  readonly to: string;
  readonly channels: WiredChannel[];
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

/**
 * Each frontend and each backend is a node in its domain.
 *
 * @param queues Whether each channel is an edge; else those between two nodes are one.
 */
export function wiringGraph({ domains, names }: HostWiring, queues: boolean): Graph {
  const boxes = new Map<Domid, Box>();
  const edges: GraphEdge[] = [];
  for (const { domain, channels, unread } of domains) {
    if (unread !== undefined) nodeIn(boxOf(boxes, domain), UNREAD, undefined, true);
    const bundles = new Map<string, Bundle>();
    for (const channel of channels) {
      const [from, to] = [frontendNode(boxes, channel), backendNode(boxes, channel)];
      const bundle = bundles.get(`${from} ${to}`);
      if (bundle === undefined) bundles.set(`${from} ${to}`, { from, to, channels: [channel] });
      else bundle.channels.push(channel);
    }
    for (const bundle of bundles.values()) edges.push(...queues ? edgesOf(bundle) : [edgeOf(bundle)]);
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
  const box0 = boxOf(boxes, claim.domain);
  if (isInterrupt(xen)) return nodeIn(box0, HARDWARE, undefined, false);
  if (domain === undefined) return nodeIn(box0, NOBODY, undefined, true);
  const box = boxOf(boxes, domain);
  if (verdict === "gone") (xen?.status === "ESRCH" ? boxOf(boxes, claim.domain) : box).gone = true;
  const [kind, index] = claim.device.split("/");
  const name = [kind, claim.domain, ...index === undefined ? [] : [index]].join("/");
  return nodeIn(box, name, claim.backendState, box.gone, `backend ${name}`);
}

const UNREAD = "unknown: cannot be read";

/** The node at the end of a channel whose backend domain is unknown. */
const NOBODY = "nobody known";

/** The node at the end of an interrupt. */
const HARDWARE = "the machine";

function isInterrupt(xen: WiredChannel["xen"]): boolean {
  return typeof xen?.status === "object" && xen.status.status === "pirq";
}

function boxOf(boxes: Map<Domid, Box>, domain: Domid): Box {
  let box = boxes.get(domain);
  if (box === undefined) boxes.set(domain, box = { domain, nodes: new Map(), gone: false });
  return box;
}

/** Adds or updates a node, and returns its id. A node stays faulty. A frontend and a backend may have the same name. */
function nodeIn({ domain, nodes }: Box, name: string, state: string | undefined, fault: boolean, key = name): string {
  const known = nodes.get(key);
  const id = known?.id ?? `d${domain}_${nodes.size}`;
  const text = deviceText(name);
  const label = state === undefined ? [text] : [text, stateText(state)];
  nodes.set(key, { id, label, fault: fault || known?.fault === true });
  return id;
}

/** An edge for each channel, and one for those that are too many. */
function edgesOf({ from, to, channels }: Bundle): GraphEdge[] {
  const edges = channels.slice(0, MOST_EDGES).map((channel, i) => edgeOf({ from, to, channels: [channel] }, ` ${i}`));
  const more = channels.slice(MOST_EDGES);
  if (more.length === 0) return edges;
  return [...edges, { ...edgeOf({ from, to, channels: more }, " more"), label: countLines(more, "more channel") }];
}

function edgeOf({ from, to, channels }: Bundle, which = ""): GraphEdge {
  const verdicts = [...new Set(channels.map(({ verdict }) => verdict))];
  return {
    id: `${from} ${to}${which}`,
    from,
    to,
    label: channels.length > MOST_NAMED ? countLines(channels, "channel") : channels.map(endsText),
    tooltip: verdicts.join(", "),
    fault: !verdicts.every(isFine),
  };
}

/** The ports of both ends, as in `tx 9 ── 27`. */
function endsText({ claim, port, xen, verdict }: WiredChannel): string {
  const part = channelPart(claim.key);
  const ends = `${port ?? "no port"} ── ${remoteOf(xen)?.port ?? "nothing"}`;
  return (part === "" ? "" : `${part} `) + (isFine(verdict) ? ends : `${ends}: ${verdict}`);
}

/** How many channels and queues there are, and a line for each fault, as `1 unbound`. */
function countLines(channels: readonly WiredChannel[], noun: string): string[] {
  const queues = new Set(
    channels.map(({ claim }) => claim.key.split("/")).filter(({ length }) => length > 1)
      .map(([queue]) => queue),
  ).size;
  const all = counted(channels.length, noun);
  const faults = Map.groupBy(channels.filter(({ verdict }) => !isFine(verdict)), ({ verdict }) => verdict);
  return [
    queues > 1 && queues < channels.length ? `${counted(queues, "queue")}, ${all}` : all,
    ...[...faults].map(([verdict, { length }]) => `${length} ${verdict}`),
  ];
}
