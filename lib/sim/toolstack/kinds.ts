/** What Linux' split drivers write into xenstore (drivers/net/xen-netfront.c and others, xen/include/public/io). @module */

import type { DeviceKindName } from "./names.ts";
import type { Entries } from "./toolstack.ts";

/** One kind of device. Its queues may also be rings, connectors or streams. */
export interface DeviceKind {
  /** Of a domain's first device of the kind. */
  readonly index: number;
  readonly queues: readonly [usual: number, most: number];
  /** Whether its frontend says Connected at once when it has written its channels, without Initialised. */
  readonly oneStep?: boolean;
  /** Whether its frontend writes its channels before the backend is there. */
  readonly first?: boolean;
  /** The keys of its ports below the frontend's folder, in the order in which the ports are allocated. */
  channels(queues: number): string[];
  /** The keys of its shared pages, which hold grant references. */
  pages(queues: number): string[];
  /** Further entries. */
  frontend?(queues: number): Entries;
  backend?(index: number): Entries;
}

const one = [1, 1] as const;

/** The keys of a single queue stand in the frontend's folder; several queues have a folder each. */
function perQueue(queues: number, ...keys: readonly string[]): string[] {
  return each(queues, (queue) => keys.map((key) => queues === 1 ? key : `queue-${queue}/${key}`));
}

function each(count: number, keys: (index: number) => readonly string[]): string[] {
  return Array.from({ length: count }, (_, index) => keys(index)).flat();
}

const single = (...pages: readonly string[]) => ({
  index: 0,
  queues: one,
  channels: () => ["event-channel"],
  pages: () => [...pages],
});

export const DEVICE_KINDS: Readonly<Record<DeviceKindName, DeviceKind>> = {
  vif: {
    index: 0,
    oneStep: true,
    queues: [1, 16],
    channels: (queues) => perQueue(queues, "event-channel-tx", "event-channel-rx"),
    pages: (queues) => perQueue(queues, "tx-ring-ref", "rx-ring-ref"),
    frontend: (queues) => [
      ["multi-queue-num-queues", queues],
      ["request-rx-copy", 1],
      ["feature-rx-notify", 1],
      ["feature-sg", 1],
    ],
    backend: (index) => [["handle", index], ["feature-split-event-channels", 1], ["multi-queue-max-queues", 16]],
  },
  vbd: {
    index: 51712, // xvda
    queues: [1, 16],
    channels: (queues) => perQueue(queues, "event-channel"),
    pages: (queues) => perQueue(queues, "ring-ref"),
    frontend: (queues) => [
      ...queues > 1 ? [["multi-queue-num-queues", queues] as const] : [],
      ["protocol", "x86_64-abi"],
      ["feature-persistent", 1],
    ],
    backend: () => [["multi-queue-max-queues", 16], ["sectors", 2_097_152], ["info", 0], ["sector-size", 512]],
  },
  console: {
    first: true,
    index: 1, // console 0 is at console/, not below device/
    queues: one,
    channels: () => ["port"],
    pages: () => ["ring-ref"],
    frontend: () => [["type", "ioemu"], ["output", "pty"]],
  },
  "9pfs": {
    index: 0,
    queues: [2, 8],
    channels: (queues) => each(queues, (ring) => [`event-channel-${ring}`]),
    pages: (queues) => each(queues, (ring) => [`ring-ref${ring}`]),
    frontend: (queues) => [["version", 1], ["num-rings", queues]],
    backend: () => [["versions", "1"], ["max-rings", 8], ["max-ring-page-order", 9]],
  },
  pvcalls: {
    ...single("ring-ref"),
    channels: () => ["port"],
    frontend: () => [["version", "1"]],
    backend: () => [["versions", "1"], ["max-page-order", 9], ["function-calls", 1]],
  },
  vkbd: { ...single("page-ref", "page-gref"), first: true },
  vfb: { ...single("page-ref"), first: true, frontend: () => [["protocol", "x86_64-abi"], ["feature-update", 1]] },
  vusb: { ...single("urb-ring-ref", "conn-ring-ref"), oneStep: true },
  vscsi: { ...single("ring-ref"), first: true },
  vtpm: { ...single("ring-ref"), first: true, frontend: () => [["feature-protocol-v2", 1]] },
  pci: { ...single("pci-op-ref"), first: true, frontend: () => [["magic", "7"]] },
  vdispl: {
    index: 0,
    queues: [1, 16],
    channels: (connectors) => each(connectors, (n) => [`${n}/req-event-channel`, `${n}/evt-event-channel`]),
    pages: (connectors) => each(connectors, (n) => [`${n}/req-ring-ref`, `${n}/evt-ring-ref`]),
  },
  vsnd: {
    index: 0,
    queues: [1, 16],
    channels: (streams) => each(streams, (n) => [`0/${n}/event-channel`, `0/${n}/evt-event-channel`]),
    pages: (streams) => each(streams, (n) => [`0/${n}/ring-ref`, `0/${n}/evt-ring-ref`]),
  },
};
